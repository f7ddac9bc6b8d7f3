#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {

/// The pipeline with the utterance's scale, and audio from codes alone.
void check_funcodec(CodecStages& stages, const codecs::Codec& codec) {
  const Once<codecs::Latent> encoded([&] { return codec.encode(stages.wave()); });
  stages.floats("scale", [&] { return encoded->extras.at("scale"); });
  stages.floats("latent", [&] { return encoded->values.squeeze(0); });
  const auto scale = [&] { return CodecStages::Extras{{"scale", stages.fed("scale")}}; };
  stages.codes(
      "codes", [&] { return codec.quantize(stages.latent("latent", scale())).streams.front().squeeze(0); },
      "code_margin");
  stages.floats("quantized", [&] { return codec.dequantize(stages.coded("codes", scale())).values.squeeze(0); });
  stages.floats("audio", [&] { return codec.synthesize(stages.latent("quantized", scale())).flatten(); });
  stages.floats("audio_decode_mode", [&] { return codec.synthesize(stages.latent("quantized")).flatten(); });
}

}  // namespace cfo::golden
