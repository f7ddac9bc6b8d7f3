#include "nodes/networks/layers/spectra/mel.h"

#include <cmath>

#include "nodes/networks/layers/basic/conv.h"

namespace cfo::layers {
namespace {

// Slaney's scale: 200 / 3 Hz a mel up to 1000 Hz, then 27 mels for each factor of 6.4.
constexpr double hz_a_mel = 200.0 / 3, corner_hz = 1000, corner_mel = corner_hz / hz_a_mel;
const double log_step = std::log(6.4) / 27;

double to_mel(double hz) { return hz < corner_hz ? hz / hz_a_mel : corner_mel + std::log(hz / corner_hz) / log_step; }

at::Tensor to_hz(const at::Tensor& mel) {
  return at::where(mel < corner_mel, mel * hz_a_mel, ((mel - corner_mel) * log_step).exp() * corner_hz);
}

/// |spectrum|^2 of the frames of a wave that is mirrored at its ends; [B, 1, T] -> [B, n_fft / 2 + 1, T / hop].
at::Tensor power(const at::Tensor& wave, const MelOptions& options, const at::Tensor& window) {
  const int64_t margin = (options.n_fft - options.hop) / 2;
  const auto padded = pad(wave, margin, margin, PadMode::reflect).squeeze(1);
  const auto spectrum =
      at::view_as_real(at::stft(padded, options.n_fft, options.hop, options.window, window, /*center=*/false, "reflect",
                                /*normalized=*/false, /*onesided=*/true, /*return_complex=*/true));
  return spectrum.square().sum(-1);
}

}  // namespace

at::Tensor slaney_mel_filters(const MelOptions& options, MelScaling scaling) {
  const auto edges =
      to_hz(at::linspace(to_mel(options.lowest), to_mel(options.highest), options.bands + 2, at::kDouble)).unsqueeze(1);
  const auto left = edges.slice(0, 0, options.bands), centre = edges.slice(0, 1, options.bands + 1),
             right = edges.slice(0, 2);
  const double bin = static_cast<double>(options.sample_rate) / static_cast<double>(options.n_fft);
  const auto frequency = at::arange(options.n_fft / 2 + 1, at::kDouble) * bin;
  const auto rising = (frequency - left) / (centre - left), falling = (right - frequency) / (right - centre);
  const auto triangles = at::minimum(rising, falling).clamp_min(0);
  return (scaling == MelScaling::area ? triangles * 2 / (right - left) : triangles).to(at::kFloat);
}

LogMel::LogMel(const tensors::WeightScope& scope, const MelOptions& options)
    : options_(options),
      filters_(scope.has("mel_basis") ? scope.take("mel_basis", {options.bands, options.n_fft / 2 + 1})
                                      : slaney_mel_filters(options).to(scope.device())),
      window_(scope.has("hann_window")
                  ? scope.take("hann_window", {options.window})
                  : at::hann_window(options.window, at::TensorOptions(at::kFloat)).to(scope.device())) {
  filters_ = filters_.slice(0, 0, options.kept).contiguous();
}

at::Tensor LogMel::operator()(const at::Tensor& wave) const {
  constexpr double least_power = 1e-9, least_band = 1e-5;
  const auto magnitude = power(wave, options_, window_).add_(least_power).sqrt_();
  return at::matmul(filters_, magnitude).clamp_min_(least_band).log_();
}

LogOneMel::LogOneMel(const tensors::WeightScope& scope, const MelOptions& options)
    : options_(options),
      filters_(scope.has("fb") ? scope.take("fb", {1, options.bands, options.n_fft / 2 + 1}).squeeze(0)
                               : slaney_mel_filters(options, MelScaling::height).to(scope.device())),
      window_(
          scope.has("window")
              ? scope.take("window", {options.window})
              : at::hann_window(options.window, /*periodic=*/false, at::TensorOptions(at::kFloat)).to(scope.device())) {
}

at::Tensor LogOneMel::operator()(const at::Tensor& wave) const {
  return at::matmul(filters_, power(wave, options_, window_).sqrt_()).add_(1).log_();
}

}  // namespace cfo::layers
