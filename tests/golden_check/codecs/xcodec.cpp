#include "nodes/networks/codecs/xcodec/xcodec.h"

#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {

/// Both encoders and what joins them, the pipeline, the decoder's input, and the first codebook alone (inference.py's
/// default).
void check_xcodec(CodecStages& stages, const codecs::Codec& codec) {
  const auto& xcodec = dynamic_cast<const codecs::XCodec&>(codec);
  const auto fed = [&](const std::string& name) { return stages.fed(name).unsqueeze(0); };
  stages.floats("semantic_features", [&] { return xcodec.semantic_features(stages.wave()).squeeze(0); });
  stages.floats("semantic_encoded", [&] { return xcodec.semantic_encoded(fed("semantic_features")).squeeze(0); });
  stages.floats("acoustic_encoded", [&] { return xcodec.acoustic_encoded(stages.wave()).squeeze(0); });
  stages.floats("latent", [&] { return xcodec.joined(fed("acoustic_encoded"), fed("semantic_encoded")).squeeze(0); });
  check_pipeline(stages, codec);
  stages.floats("decoder_input", [&] { return xcodec.decoder_input(fed("quantized")).squeeze(0); });
  stages.floats("audio_nq1", [&] {
    return codec.decode({{fed("codes").narrow(1, 0, 1)}, stages.samples(), {}}).flatten();
  });
}

}  // namespace cfo::golden
