#include "nodes/networks/codecs/config.h"
#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {

/// Codes at several frame rates, and the audio with the recorded noise and with none (SNAC, LLM-Codec).
void check_snac(CodecStages& stages, const codecs::Codec& codec) {
  const auto wave = stages.wave();
  const int64_t samples = wave.size(2);
  stages.floats("latent", codec.encode(wave).values.squeeze(0));
  const auto found = codec.quantize({stages.fed("latent").unsqueeze(0), samples, {}});
  codecs::Codes codes = {{}, samples, {}};
  for (std::size_t i = 0; i < found.streams.size(); ++i) {
    const auto name = fmt::format("codes_{}", i);
    stages.codes(name, found.streams[i].flatten(), fmt::format("code_margin_{}", i));
    codes.streams.push_back(stages.fed(name).view({1, 1, -1}));
  }
  stages.floats("quantized", codec.dequantize(codes).values.squeeze(0));
  codecs::Latent quantized = {stages.fed("quantized").unsqueeze(0), samples, {}};
  for (int64_t i = 0; stages.has(fmt::format("noise_{}", i)); ++i) {
    const auto name = fmt::format("noise_{}", i);
    quantized.extras[name] = stages.recorded(name).view({1, 1, -1});
  }
  if (!quantized.extras.empty()) stages.floats("audio", codec.synthesize(quantized).flatten());
  const auto strides = codecs::Config(codec.card()).get<std::vector<int64_t>>("strides");
  for (std::size_t i = 0; i < strides.size(); ++i) quantized.extras[fmt::format("noise_{}", i)] = at::zeros({1, 1, 1});
  const std::string silent = stages.has("audio_no_noise") ? "audio_no_noise" : "audio_zero_noise";
  stages.floats(silent, codec.synthesize(quantized).flatten());
}

}  // namespace cfo::golden
