#include "nodes/networks/codecs/vocos/spectrum_head.h"

namespace cfo::codecs {
namespace {

at::Tensor window(const tensors::WeightScope& scope, int64_t n_fft) {
  if (scope.has("istft.window")) return scope.take("istft.window", {n_fft});
  return at::hann_window(n_fft, at::TensorOptions(at::kFloat)).to(scope.device());
}

}  // namespace

SpectrumHead::SpectrumHead(const tensors::WeightScope& scope, const SpectrumHeadOptions& options)
    : options_(options),
      out_(scope / "out", {.in = options.dimension, .out = options.n_fft + 2}),
      window_(window(scope, options.n_fft)) {}

at::Tensor SpectrumHead::operator()(const at::Tensor& features) const {
  constexpr double largest_magnitude = 100;
  const auto parts = out_(features).chunk(2, 2);
  const auto magnitude = parts[0].exp().clamp_max_(largest_magnitude);
  const auto frames = at::fft_irfft(at::polar(magnitude, parts[1]), options_.n_fft, 2).mul_(window_);
  const auto weight = window_.square().view({1, 1, -1}).expand({1, frames.size(1), options_.n_fft});
  return overlap_add(frames).div_(overlap_add(weight));
}

/// frames [B, F, n_fft] -> [B, 1, F * hop].
at::Tensor SpectrumHead::overlap_add(const at::Tensor& frames) const {
  const int64_t count = frames.size(1), whole = (count - 1) * options_.hop + options_.n_fft;
  const auto wave =
      at::col2im(frames.transpose(1, 2), {1, whole}, {1, options_.n_fft}, {1, 1}, {0, 0}, {1, options_.hop});
  const int64_t cut = (options_.n_fft - options_.hop) / 2;
  return wave.squeeze(2).slice(2, cut, whole - cut).contiguous();
}

}  // namespace cfo::codecs
