#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {

/// The pipeline with the time-invariant branch beside it.
void check_ticodec(CodecStages& stages, const codecs::Codec& codec) {
  const auto global = [&](const std::string& name) {
    return CodecStages::Extras{{"global", stages.fed(name).unsqueeze(0)}};
  };
  const Once<codecs::Latent> encoded([&] { return codec.encode(stages.wave()); });
  stages.floats("latent", [&] { return encoded->values.squeeze(0); });
  stages.floats("latent_global", [&] { return encoded->extras.at("global").squeeze(0); });
  const Once<codecs::Codes> found([&] { return codec.quantize(stages.latent("latent", global("latent_global"))); });
  stages.codes(
      "codes", [&] { return found->streams[0].squeeze(0); }, "code_margin");
  stages.codes(
      "codes_global", [&] { return found->streams[1].flatten(); }, "code_margin_global");
  const Once<codecs::Latent> decoded([&] {
    auto codes = stages.coded("codes");
    codes.streams.push_back(stages.fed("codes_global").view({1, -1, 1}));
    return codec.dequantize(codes);
  });
  stages.floats("quantized", [&] { return decoded->values.squeeze(0); });
  stages.floats("quantized_global", [&] { return decoded->extras.at("global").squeeze(0); });
  stages.floats("audio",
                [&] { return codec.synthesize(stages.latent("quantized", global("quantized_global"))).flatten(); });
}

}  // namespace cfo::golden
