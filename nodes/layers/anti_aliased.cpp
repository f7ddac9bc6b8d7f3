#include "nodes/layers/anti_aliased.h"

#include "nodes/layers/conv.h"

namespace cfo::layers {
namespace {

constexpr int64_t taps = 12;
constexpr int64_t unpadded = 0;

at::Tensor filter_at(const WeightScope& scope, std::string_view name) {
  return scope.has(name) ? scope.take(name, {1, 1, taps}).flatten() : anti_aliasing_filter().to(scope.device());
}

/// Zeros between the samples and then the filter, times 2: an even and an odd sample for each input sample, from 7 input samples around it.
at::Tensor phases(const at::Tensor& filter, int64_t channels) {
  const auto reversed = filter.flip(0) * 2;
  const auto zero = at::zeros({1}, filter.options());
  const auto even = at::cat({reversed.slice(0, 0, c10::nullopt, 2), zero});
  const auto odd = at::cat({zero, reversed.slice(0, 1, c10::nullopt, 2)});
  return at::stack({even, odd}).unsqueeze(1).repeat({channels, 1, 1}).contiguous();
}

}  // namespace

at::Tensor anti_aliasing_filter() {
  constexpr double cutoff = 0.25, beta = 4.663800127934911;  // beta of Kaiser's formula for a transition of 0.6 over 12 taps
  const auto window = at::kaiser_window(taps, /*periodic=*/false, beta, at::TensorOptions(at::kFloat));
  const auto time = (at::arange(-taps / 2, taps / 2, at::kFloat) + 0.5) * (2 * cutoff);
  const auto filter = window * at::sinc(time) * (2 * cutoff);
  return filter / filter.sum();
}

AntiAliasedSnake::AntiAliasedSnake(const WeightScope& scope, int64_t channels)
    : up_(phases(filter_at(scope, "upsample.filter"), channels)),
      down_(filter_at(scope, "downsample.lowpass.filter").view({1, 1, taps}).repeat({channels, 1, 1})),
      alpha_(scope.take("act.alpha", {channels}).exp().view({1, -1, 1})),
      inverse_beta_((scope.take("act.beta", {channels}).exp() + 1e-9).reciprocal().view({1, -1, 1})) {}

at::Tensor AntiAliasedSnake::operator()(const at::Tensor& x) const {
  const int64_t batch = x.size(0), channels = x.size(1), length = x.size(2);
  const auto pairs = at::conv1d(pad(x, 3, 3, PadMode::replicate), up_, at::Tensor(), 1, unpadded, 1, channels);
  const auto fine = pairs.view({batch, channels, 2, length}).transpose(2, 3).reshape({batch, channels, 2 * length});
  auto wave = (fine * alpha_).sin_();
  wave.mul_(wave).mul_(inverse_beta_).add_(fine);
  return at::conv1d(pad(wave, taps / 2 - 1, taps / 2, PadMode::replicate), down_, at::Tensor(), 2, unpadded, 1, channels);
}

}  // namespace cfo::layers
