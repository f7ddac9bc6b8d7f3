#include "nodes/networks/codecs/spectralcodec/spectralcodec.h"

#include <ATen/ATen.h>

#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {

/// The mel spectrum with its filters and window, which the checkpoint stores as computed, then the pipeline.
void check_spectralcodec(CodecStages& stages, const codecs::Codec& codec) {
  const auto options = codecs::spectralcodec_mel(codec.card());
  stages.floats("mel_fb", layers::slaney_mel_filters(options, layers::MelScaling::height));
  stages.floats("mel_window", at::hann_window(options.window, /*periodic=*/false, at::TensorOptions(at::kFloat)));
  stages.floats("mel", [&] {
    const auto wave = stages.wave();
    const int64_t frames = (wave.size(2) + options.hop - 1) / options.hop;
    const auto whole = at::constant_pad_nd(wave, {0, frames * options.hop - wave.size(2)}, 0);
    return layers::LogOneMel(tensors::WeightScope({}, "computed"), options)(whole).squeeze(0);
  });
  check_pipeline(stages, codec);
}

}  // namespace cfo::golden
