#include "nodes/networks/codecs/mdct/transform.h"

#include <numbers>

namespace cfo::codecs::mdct {
namespace {

constexpr double pi = std::numbers::pi;

/// [2 * frame] float64 with w[n]^2 + w[n + frame]^2 = 1.
at::Tensor window_of(int64_t frame, Window window) {
  if (window == Window::sine)
    return ((at::arange(2 * frame, at::kDouble) + 0.5) * (pi / static_cast<double>(2 * frame))).sin();
  constexpr double alpha = 4;  // AAC's long window, ISO/IEC 14496-3 section 4.6.11
  const auto kaiser = at::kaiser_window(frame + 1, /*periodic=*/false, pi * alpha, at::TensorOptions(at::kDouble));
  const auto sums = kaiser.cumsum(0);
  const auto rise = (sums.narrow(0, 0, frame) / sums[frame]).sqrt();
  return at::cat({rise, rise.flip({0})});
}

}  // namespace

Transform::Transform(int64_t frame, Window window, c10::Device device) : frame_(frame) {
  const double size = static_cast<double>(frame);
  const auto time = (at::arange(2 * frame, at::kDouble) + (0.5 + size / 2)).unsqueeze(1);
  const auto frequency = at::arange(frame, at::kDouble) + 0.5;
  const auto cosines = (time * frequency * (pi / size)).cos() * std::sqrt(2 / size);
  basis_ = (cosines * window_of(frame, window).unsqueeze(1)).to(device, at::kFloat);
}

at::Tensor Transform::analyse_windows(const at::Tensor& windows) const { return windows.matmul(basis_); }

at::Tensor Transform::analyse(const at::Tensor& wave) const {
  const int64_t batch = wave.size(0), samples = wave.size(2);
  const int64_t frames = (samples + frame_ - 1) / frame_ + 1;
  const auto padded = at::constant_pad_nd(wave.view({batch, samples}), {frame_, frames * frame_ - samples});
  // One product an utterance, so that each comes out as it does alone.
  return at::bmm(padded.unfold(1, 2 * frame_, frame_), basis_.expand({batch, -1, -1})).transpose(1, 2).contiguous();
}

at::Tensor Transform::synthesise(const at::Tensor& spectrum, int64_t samples) const {
  const int64_t batch = spectrum.size(0);
  const auto windows = at::bmm(spectrum.transpose(1, 2), basis_.t().expand({batch, -1, -1}));
  const auto rising = at::constant_pad_nd(windows.narrow(2, 0, frame_), {0, 0, 0, 1});
  const auto falling = at::constant_pad_nd(windows.narrow(2, frame_, frame_), {0, 0, 1, 0});
  return (rising + falling).view({batch, 1, -1}).narrow(2, frame_, samples).contiguous();
}

}  // namespace cfo::codecs::mdct
