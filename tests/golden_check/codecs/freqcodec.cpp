#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/freqcodec/magnitude_phase.h"
#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {

/// FunCodec's stages, and the two ends of the networks: the features and the wave of the decoder's spectrum.
void check_freqcodec(CodecStages& stages, const codecs::Codec& codec) {
  const codecs::Config config(codec.card());
  const auto n_fft = config.get<int64_t>("n_fft");
  const codecs::Stft stft = {n_fft, config.get<int64_t>("stft_hop"),
                             at::hann_window(n_fft, at::TensorOptions(at::kFloat))};
  stages.floats("features",
                [&] { return codecs::magnitude_and_phase(stages.wave() / stages.recorded("scale"), stft).squeeze(0); });
  check_funcodec(stages, codec);
  if (!stages.has("decoder_out")) return;
  stages.floats("audio_decode_mode", [&] {
    return codecs::wave_from_magnitude_and_phase(stages.recorded("decoder_out").unsqueeze(0), stft).flatten();
  });
}

}  // namespace cfo::golden
