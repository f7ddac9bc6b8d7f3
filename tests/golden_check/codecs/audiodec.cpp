#include <yaml-cpp/yaml.h>

#include "nodes/networks/codecs/config.h"
#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {
namespace {

/// The same codec by another script: what its encoder and decoder have heard before, in samples, and nothing cut.
std::unique_ptr<codecs::Codec> primed(const CodecStages& stages, int64_t encoder, int64_t decoder) {
  return stages.variant(fmt::format("{{priming: {{encoder: {}, decoder: {}}}, trim: false}}", encoder, decoder));
}

/// Codec-SUPERB: the encoder is new for every file, the decoder is as it was loaded.
void check_superb(CodecStages& stages, const codecs::Codec& codec) {
  stages.floats("superb_latent", [&] { return codec.encode(stages.wave()).values.squeeze(0); });
  stages.codes(
      "superb_codes", [&] { return codec.quantize(stages.latent("superb_latent")).streams.front().squeeze(0); },
      "superb_code_margin");
  stages.floats("superb_quantized", [&] { return codec.dequantize(stages.coded("superb_codes")).values.squeeze(0); });
  stages.floats("superb_audio", [&] { return codec.synthesize(stages.latent("superb_quantized")).flatten(); });
  stages.codes("superb_second_codes", [&] {
    const auto half = stages.wave().narrow(2, 0, stages.samples() / 2);
    return codec.quantize(codec.encode(half)).streams.front().squeeze(0);
  });
}

}  // namespace

/// The demo's pipeline, and the two other states to begin in. superb_second_audio is left out: it depends on the file
/// decoded before.
void check_audiodec(CodecStages& stages, const codecs::Codec& codec) {
  check_pipeline(stages, codec);
  const auto loaded = codecs::Config(codec.card()).section("priming").get<int64_t>("decoder");
  check_superb(stages, *primed(stages, 0, loaded));
  const auto reset = primed(stages, 0, 0);
  stages.floats("zero_state_audio", [&] { return reset->decode(stages.coded("superb_codes")).flatten(); });
}

}  // namespace cfo::golden
