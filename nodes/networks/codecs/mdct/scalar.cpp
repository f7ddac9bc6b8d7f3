#include "nodes/networks/codecs/mdct/scalar.h"

#include <array>
#include <limits>

namespace cfo::codecs::mdct {
namespace {

at::Tensor rounded(const at::Tensor& x, const at::Tensor& bounds, const at::Tensor& steps) {
  const auto bounded = (x / bounds).tanh();
  return ((bounded + 1) * (steps / 2)).round().clamp(at::zeros_like(steps), steps).to(at::kLong);
}

/// Mean of the samples of each index; where there are none, the middle of its step.
at::Tensor centroids(const at::Tensor& samples, const at::Tensor& indices, double bound, int64_t levels) {
  const auto count = at::bincount(indices, {}, levels).to(at::kDouble);
  const auto sum = at::bincount(indices, samples.to(at::kDouble), levels);
  constexpr double inside = 0.999;  // atanh is infinite at the ends
  const auto steps = at::linspace(-inside, inside, levels, at::kDouble);
  return at::where(count > 0, sum / count.clamp_min(1), at::atanh(steps) * bound).to(at::kFloat);
}

}  // namespace

ScalarQuantizer::ScalarQuantizer(const std::vector<int64_t>& levels, at::Tensor bounds, at::Tensor values)
    : steps_(at::tensor(levels, at::kLong).to(bounds.options()) - 1),
      bounds_(std::move(bounds)),
      values_(values.reshape({-1})),
      offsets_(at::arange(values.size(0), values.options().dtype(at::kLong)) * values.size(1)) {}

at::Tensor ScalarQuantizer::quantize(const at::Tensor& x) const { return rounded(x, bounds_, steps_); }

at::Tensor ScalarQuantizer::dequantize(const at::Tensor& indices) const {
  return values_.index_select(0, (indices + offsets_).reshape({-1})).view(indices.sizes());
}

ScalarFit fit_scalar(const at::Tensor& samples, int64_t levels) {
  constexpr std::array bounds_in_deviations = {0.5, 0.7, 0.9, 1.1, 1.3, 1.6, 2.0, 2.5, 3.0, 4.0};
  const double deviation = std::max(samples.square().mean().sqrt().item<double>(), 1e-6);
  const auto steps = at::full({}, static_cast<double>(levels - 1));
  ScalarFit best;
  double least = std::numeric_limits<double>::infinity();
  for (const double candidate : bounds_in_deviations) {
    const double bound = candidate * deviation;
    const auto indices = rounded(samples, at::full({}, bound), steps);
    const auto values = centroids(samples, indices, bound, levels);
    const double error = (values.index_select(0, indices) - samples).square().mean().item<double>();
    if (error < least) {
      least = error;
      best = {bound, values};
    }
  }
  return best;
}

}  // namespace cfo::codecs::mdct
