#include "nodes/networks/codecs/vocos/seanet_vocos.h"

#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {

/// The pipeline, and the backbone's features, recorded as [D, F] (Vocos) or [F, D] (WavTokenizer, Language-Codec).
void check_seanet_vocos(CodecStages& stages, const codecs::Codec& codec) {
  check_pipeline(stages, codec);
  const auto& vocos = dynamic_cast<const codecs::SeanetVocos&>(codec);
  const auto features = [&] { return vocos.backbone(stages.latent("quantized")).squeeze(0); };
  if (stages.has("backbone_out")) return stages.floats("backbone_out", features);
  stages.floats("backbone", [&] { return features().t(); });
}

}  // namespace cfo::golden
