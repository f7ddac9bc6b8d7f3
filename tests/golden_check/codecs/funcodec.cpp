#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {

/// The pipeline with the utterance's scale, and audio from codes alone.
void check_funcodec(CodecStages& stages, const codecs::Codec& codec) {
  const auto wave = stages.wave();
  const int64_t samples = wave.size(2);
  const auto encoded = codec.encode(wave);
  stages.floats("scale", encoded.extras.at("scale"));
  stages.floats("latent", encoded.values.squeeze(0));
  const std::map<std::string, at::Tensor> extras = {{"scale", stages.fed("scale")}};
  const auto codes = codec.quantize({stages.fed("latent").unsqueeze(0), samples, extras});
  stages.codes("codes", codes.streams.front().squeeze(0), "code_margin");
  const auto quantized = codec.dequantize({{stages.fed("codes").unsqueeze(0)}, samples, codes.extras});
  stages.floats("quantized", quantized.values.squeeze(0));
  const auto values = stages.fed("quantized").unsqueeze(0);
  stages.floats("audio", codec.synthesize({values, samples, quantized.extras}).flatten());
  stages.floats("audio_decode_mode", codec.synthesize({values, samples, {}}).flatten());
}

}  // namespace cfo::golden
