#include "nodes/networks/layers/basic/anti_aliased.h"

#include <ATen/Parallel.h>

#include "nodes/networks/layers/basic/conv.h"
#include "nodes/networks/layers/basic/snake_kernels.h"

namespace cfo::layers {
namespace {

constexpr int64_t taps = 12;
constexpr int64_t unpadded = 0;

at::Tensor filter_at(const tensors::WeightScope& scope, std::string_view name) {
  return scope.has(name) ? scope.take(name, {1, 1, taps}).flatten() : anti_aliasing_filter().to(scope.device());
}

/// One of the two halves of "zeros between the samples and then the filter, times 2": the even (0) or the odd (1)
/// sample for each input sample, from 7 input samples around it; [channels, 1, 7].
at::Tensor phase(const at::Tensor& filter, int64_t odd, int64_t channels) {
  const auto taken = (filter.flip(0) * 2).slice(0, odd, c10::nullopt, 2);
  return at::constant_pad_nd(taken, {odd, 1 - odd}).view({1, 1, -1}).repeat({channels, 1, 1});
}

/// The filters of one channel, which all channels share.
kernels::AntiAliasing filters_of(const at::Tensor& even, const at::Tensor& odd, const at::Tensor& down) {
  kernels::AntiAliasing filters{};
  std::copy_n(even.data_ptr<float>(), 7, filters.even);
  std::copy_n(odd.data_ptr<float>(), 7, filters.odd);
  const auto* const tap = down.data_ptr<float>();
  for (int64_t k = 0; k < taps / 2; ++k) {
    filters.down_odd[k] = tap[2 * k];
    filters.down_even[k] = tap[2 * k + 1];
  }
  return filters;
}

}  // namespace

at::Tensor anti_aliasing_filter() {
  constexpr double cutoff = 0.25,
                   beta = 4.663800127934911;  // beta of Kaiser's formula for a transition of 0.6 over 12 taps
  const auto window = at::kaiser_window(taps, /*periodic=*/false, beta, at::TensorOptions(at::kFloat));
  const auto time = (at::arange(-taps / 2, taps / 2, at::kFloat) + 0.5) * (2 * cutoff);
  const auto filter = window * at::sinc(time) * (2 * cutoff);
  return filter / filter.sum();
}

AntiAliasedSnake::AntiAliasedSnake(const tensors::WeightScope& scope, int64_t channels)
    : even_(phase(filter_at(scope, "upsample.filter"), 0, channels)),
      odd_(phase(filter_at(scope, "upsample.filter"), 1, channels)),
      down_(filter_at(scope, "downsample.lowpass.filter").view({1, 1, taps}).repeat({channels, 1, 1})),
      alpha_(scope.take("act.alpha", {channels}).exp().view({1, -1, 1})),
      inverse_beta_((scope.take("act.beta", {channels}).exp() + 1e-9).reciprocal().view({1, -1, 1})) {}

at::Tensor AntiAliasedSnake::in_one_pass(const at::Tensor& x) const {
  const int64_t channels = x.size(1), length = x.size(2);
  const auto result = at::empty(x.sizes(), x.options());
  const auto filters = filters_of(even_, odd_, down_);
  const auto *from = x.data_ptr<float>(), *frequency = alpha_.data_ptr<float>(),
             *scale = inverse_beta_.data_ptr<float>();
  auto* to = result.data_ptr<float>();
  at::parallel_for(0, x.size(0) * channels, 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t c = row % channels, at = row * length;
      kernels::anti_aliased_snake(from + at, length, filters, frequency[c], scale[c], to + at);
    }
  });
  return result;
}

at::Tensor AntiAliasedSnake::operator()(const at::Tensor& x) const {
  if (x.is_cpu()) return in_one_pass(x.contiguous());
  const int64_t batch = x.size(0), channels = x.size(1), length = x.size(2);
  const auto around = pad(x, 3, 3, PadMode::replicate);
  const auto pairs =
      at::empty({batch, channels, length, 2}, x.options());  // a filter a channel is twice as fast as two at once
  pairs.select(3, 0).copy_(at::conv1d(around, even_, at::Tensor(), 1, unpadded, 1, channels));
  pairs.select(3, 1).copy_(at::conv1d(around, odd_, at::Tensor(), 1, unpadded, 1, channels));
  const auto fine = pairs.view({batch, channels, 2 * length});
  auto wave = (fine * alpha_).sin_();
  wave.mul_(wave).mul_(inverse_beta_).add_(fine);
  return at::conv1d(pad(wave, taps / 2 - 1, taps / 2, PadMode::replicate), down_, at::Tensor(), 2, unpadded, 1,
                    channels);
}

}  // namespace cfo::layers
