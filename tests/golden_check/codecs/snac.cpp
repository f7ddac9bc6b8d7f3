#include "nodes/networks/codecs/config.h"
#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {

/// Codes at several frame rates, and the audio with the recorded noise and with none (SNAC, LLM-Codec).
void check_snac(CodecStages& stages, const codecs::Codec& codec) {
  const codecs::Config config(codec.card());
  const auto rates = config.get<std::vector<int64_t>>("vq_strides").size();
  const auto draws = config.get<std::vector<int64_t>>("strides").size();
  stages.floats("latent", [&] { return codec.encode(stages.wave()).values.squeeze(0); });
  const Once<codecs::Codes> found([&] { return codec.quantize(stages.latent("latent")); });
  for (std::size_t i = 0; i < rates; ++i) {
    stages.codes(
        fmt::format("codes_{}", i), [&] { return found->streams.at(i).flatten(); }, fmt::format("code_margin_{}", i));
  }
  stages.floats("quantized", [&] {
    codecs::Codes codes = {{}, stages.samples(), {}};
    for (std::size_t i = 0; i < rates; ++i)
      codes.streams.push_back(stages.fed(fmt::format("codes_{}", i)).view({1, 1, -1}));
    return codec.dequantize(codes).values.squeeze(0);
  });
  const auto audio = [&](const std::function<at::Tensor(const std::string&)>& noise) {
    CodecStages::Extras extras;
    for (std::size_t i = 0; i < draws; ++i) {
      const auto name = fmt::format("noise_{}", i);
      extras[name] = noise(name);
    }
    return codec.synthesize(stages.latent("quantized", extras)).flatten();
  };
  stages.floats("audio", [&] {
    return audio([&](const std::string& name) { return stages.recorded(name).view({1, 1, -1}); });
  });
  const std::string silent = stages.has("audio_no_noise") ? "audio_no_noise" : "audio_zero_noise";
  stages.floats(silent, [&] { return audio([](const std::string&) { return at::zeros({1, 1, 1}); }); });
}

}  // namespace cfo::golden
