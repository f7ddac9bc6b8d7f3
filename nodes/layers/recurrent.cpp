#include "nodes/layers/recurrent.h"

#include <fmt/format.h>

namespace cfo::layers {

Lstm::Lstm(const WeightScope& scope, const LstmOptions& options) : options_(options) {
  const int64_t gates = 4 * options.hidden, directions = options.bidirectional ? 2 : 1;
  for (int64_t layer = 0; layer < options.layers; ++layer) {
    const int64_t input = layer == 0 ? options.input : options.hidden * directions;
    for (int64_t direction = 0; direction < directions; ++direction) {
      const auto suffix = fmt::format("_l{}{}", layer, direction == 0 ? "" : "_reverse");
      weights_.push_back(scope.take("weight_ih" + suffix, {gates, input}));
      weights_.push_back(scope.take("weight_hh" + suffix, {gates, options.hidden}));
      weights_.push_back(scope.take("bias_ih" + suffix, {gates}));
      weights_.push_back(scope.take("bias_hh" + suffix, {gates}));
    }
  }
}

at::Tensor Lstm::operator()(const at::Tensor& x) const {
  const auto steps = x.permute({2, 0, 1});
  const int64_t directions = options_.bidirectional ? 2 : 1;
  const auto zero = at::zeros({options_.layers * directions, x.size(0), options_.hidden}, x.options());
  auto result =
      std::get<0>(at::lstm(steps, {zero, zero}, weights_, /*has_biases=*/true, options_.layers, /*dropout=*/0.0,
                           /*train=*/false, options_.bidirectional, /*batch_first=*/false));
  if (options_.skip) result.view({steps.size(0), steps.size(1), directions, -1}) += steps.unsqueeze(2);
  return result.permute({1, 2, 0});
}

}  // namespace cfo::layers
