#include "nodes/networks/codecs/socodec/socodec.h"

#include "nodes/networks/layers/basic/anti_aliased.h"
#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {
namespace {

/// Wave to latent and speaker, stage by stage.
void check_analysis(CodecStages& stages, const codecs::SoCodec& codec) {
  const auto fed = [&](const std::string& name) { return stages.fed(name).unsqueeze(0); };
  const Once<at::Tensor> filled([&] { return codec.filled(stages.wave()); });
  stages.floats("mel", [&] { return codec.mel(*filled).squeeze(0); });
  stages.floats("speaker", [&] { return codec.speaker(fed("mel")).squeeze(0); });
  stages.floats("semantic_features", [&] { return codec.semantic_features(*filled).squeeze(0); });
  stages.floats("encoder_output", [&] { return codec.encoder_output(fed("semantic_features")).squeeze(0); });
  stages.floats("latent", [&] { return codec.latent(fed("encoder_output")).squeeze(0); });
}

/// Quantized frames and speaker to audio, stage by stage.
void check_synthesis(CodecStages& stages, const codecs::SoCodec& codec) {
  const auto fed = [&](const std::string& name) { return stages.fed(name).unsqueeze(0); };
  const Once<at::Tensor> hidden([&] { return codec.semantic_hidden(fed("quantized"), fed("speaker")); });
  stages.floats("decoder_hidden",
                [&] { return hidden->squeeze(0).narrow(0, 0, stages.recorded("decoder_hidden").size(0)); });
  stages.floats("mel_pred", [&] { return codec.predicted_mel(*hidden, fed("speaker")).squeeze(0); });
  stages.floats("audio", [&] { return codec.vocode(fed("mel_pred")).flatten(); });
}

}  // namespace

/// Every stage by itself, then the codec's own four calls from the wave to the audio.
void check_socodec(CodecStages& stages, const codecs::Codec& codec) {
  const auto& network = dynamic_cast<const codecs::SoCodec&>(codec);
  check_analysis(stages, network);
  stages.codes("codes", [&] { return codec.quantize(stages.latent("latent")).streams.front().squeeze(0); });
  stages.floats("quantized", [&] { return codec.dequantize(stages.coded("codes")).values.squeeze(0); });
  check_synthesis(stages, network);
  stages.floats("kaiser_filter", layers::anti_aliasing_filter(), 1e-6);
  const Once<codecs::Latent> encoded([&] { return codec.encode(stages.wave()); });
  stages.floats("latent", [&] { return encoded->values.squeeze(0); });
  stages.floats("audio", [&] { return codec.decode(codec.quantize(*encoded)).flatten(); });
}

}  // namespace cfo::golden
