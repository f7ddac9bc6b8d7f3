#include "nodes/layers/snake.h"

namespace cfo::layers {

Snake::Snake(const WeightScope& scope, int64_t channels)
    : alpha_(scope.take("alpha", {1, channels, 1})), inverse_((alpha_ + 1e-9).reciprocal()) {}

at::Tensor Snake::operator()(const at::Tensor& x) const {
  auto wave = (x * alpha_).sin_();
  return wave.mul_(wave).mul_(inverse_).add_(x);
}

}  // namespace cfo::layers
