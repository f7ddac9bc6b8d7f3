#include "nodes/networks/codecs/vocos/seanet_vocos.h"

#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {

/// The pipeline, and the backbone's features, recorded as [D, F] (Vocos) or [F, D] (WavTokenizer, Language-Codec).
void check_seanet_vocos(CodecStages& stages, const codecs::Codec& codec) {
  check_pipeline(stages, codec);
  const auto& vocos = dynamic_cast<const codecs::SeanetVocos&>(codec);
  const codecs::Latent quantized = {stages.fed("quantized").unsqueeze(0), stages.wave().size(2), {}};
  const auto features = vocos.backbone(quantized).squeeze(0);
  if (stages.has("backbone")) stages.floats("backbone", features.t());
  if (stages.has("backbone_out")) stages.floats("backbone_out", features);
}

}  // namespace cfo::golden
