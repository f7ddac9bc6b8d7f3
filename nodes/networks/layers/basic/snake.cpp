#include "nodes/networks/layers/basic/snake.h"

#include <ATen/Parallel.h>

#include "nodes/networks/layers/basic/snake_kernels.h"

namespace cfo::layers {
namespace {

at::Tensor in_one_pass(const at::Tensor& x, const at::Tensor& alpha, const at::Tensor& inverse) {
  const int64_t channels = x.size(1), length = x.size(2);
  const auto result = at::empty(x.sizes(), x.options());
  const auto *from = x.data_ptr<float>(), *frequency = alpha.data_ptr<float>(), *scale = inverse.data_ptr<float>();
  auto* to = result.data_ptr<float>();
  at::parallel_for(0, x.size(0) * channels, 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t c = row % channels;
      kernels::snake(from + row * length, length, frequency[c], scale[c], to + row * length);
    }
  });
  return result;
}

}  // namespace

Snake::Snake(const tensors::WeightScope& scope, int64_t channels)
    : alpha_(scope.take("alpha", {1, channels, 1})), inverse_((alpha_ + 1e-9).reciprocal()) {}

at::Tensor Snake::operator()(const at::Tensor& x) const {
  if (x.is_cpu()) return in_one_pass(x.contiguous(), alpha_, inverse_);
  auto wave = (x * alpha_).sin_();
  return wave.mul_(wave).mul_(inverse_).add_(x);
}

}  // namespace cfo::layers
