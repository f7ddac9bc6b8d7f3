#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {

/// The pipeline with the time-invariant branch beside it.
void check_ticodec(CodecStages& stages, const codecs::Codec& codec) {
  const auto wave = stages.wave();
  const int64_t samples = wave.size(2);
  const auto encoded = codec.encode(wave);
  stages.floats("latent", encoded.values.squeeze(0));
  stages.floats("latent_global", encoded.extras.at("global").squeeze(0));
  const auto found = codec.quantize(
      {stages.fed("latent").unsqueeze(0), samples, {{"global", stages.fed("latent_global").unsqueeze(0)}}});
  stages.codes("codes", found.streams[0].squeeze(0), "code_margin");
  stages.codes("codes_global", found.streams[1].flatten(), "code_margin_global");
  const auto decoded =
      codec.dequantize({{stages.fed("codes").unsqueeze(0), stages.fed("codes_global").view({1, -1, 1})}, samples, {}});
  stages.floats("quantized", decoded.values.squeeze(0));
  stages.floats("quantized_global", decoded.extras.at("global").squeeze(0));
  const auto global = stages.fed("quantized_global").unsqueeze(0);
  stages.floats("audio",
                codec.synthesize({stages.fed("quantized").unsqueeze(0), samples, {{"global", global}}}).flatten());
}

}  // namespace cfo::golden
