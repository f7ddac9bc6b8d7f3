#include "nodes/networks/codecs/socodec/socodec.h"

#include "nodes/networks/layers/basic/anti_aliased.h"
#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {
namespace {

/// Wave to latent and speaker, stage by stage.
void check_analysis(CodecStages& stages, const codecs::SoCodec& codec) {
  const auto filled = codec.filled(stages.wave());
  stages.floats("mel", codec.mel(filled).squeeze(0));
  stages.floats("speaker", codec.speaker(stages.fed("mel").unsqueeze(0)).squeeze(0));
  stages.floats("semantic_features", codec.semantic_features(filled).squeeze(0));
  stages.floats("encoder_output", codec.encoder_output(stages.fed("semantic_features").unsqueeze(0)).squeeze(0));
  stages.floats("latent", codec.latent(stages.fed("encoder_output").unsqueeze(0)).squeeze(0));
}

/// Quantized frames and speaker to audio, stage by stage.
void check_synthesis(CodecStages& stages, const codecs::SoCodec& codec) {
  const auto quantized = stages.fed("quantized").unsqueeze(0), speaker = stages.fed("speaker").unsqueeze(0);
  const auto hidden = codec.semantic_hidden(quantized, speaker);
  const int64_t channels = stages.has("decoder_hidden") ? stages.recorded("decoder_hidden").size(0) : hidden.size(1);
  stages.floats("decoder_hidden", hidden.squeeze(0).narrow(0, 0, channels));
  stages.floats("mel_pred", codec.predicted_mel(hidden, speaker).squeeze(0));
  stages.floats("audio", codec.vocode(stages.fed("mel_pred").unsqueeze(0)).flatten());
}

}  // namespace

/// Every stage by itself, then the codec's own four calls from the wave to the audio.
void check_socodec(CodecStages& stages, const codecs::Codec& codec) {
  const auto& network = dynamic_cast<const codecs::SoCodec&>(codec);
  const int64_t samples = stages.wave().size(2);
  check_analysis(stages, network);
  const auto found =
      codec.quantize({stages.fed("latent").unsqueeze(0), samples, {{"speaker", stages.fed("speaker").unsqueeze(0)}}});
  stages.codes("codes", found.streams.front().squeeze(0));
  stages.floats("quantized",
                codec.dequantize({{stages.fed("codes").unsqueeze(0)}, samples, found.extras}).values.squeeze(0));
  check_synthesis(stages, network);
  stages.floats("kaiser_filter", layers::anti_aliasing_filter(), 1e-6);
  const auto encoded = codec.encode(stages.wave());
  stages.floats("latent", encoded.values.squeeze(0));
  stages.floats("audio", codec.decode(codec.quantize(encoded)).flatten());
}

}  // namespace cfo::golden
