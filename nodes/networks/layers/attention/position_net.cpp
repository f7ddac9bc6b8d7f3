#include "nodes/networks/layers/attention/position_net.h"

#include <cmath>

namespace cfo::layers {
namespace {

constexpr int64_t groups = 32;
constexpr double epsilon = 1e-6;

Conv1d three_wide(const tensors::WeightScope& scope, int64_t channels) {
  return Conv1d(scope, {.in = channels, .out = channels, .kernel = 3, .padding = Padding::fixed(1)});
}

std::vector<SwishResidual> pair(const tensors::WeightScope& scope, int64_t first, int64_t channels) {
  std::vector<SwishResidual> blocks;
  for (int64_t i = first; i < first + 2; ++i) blocks.emplace_back(scope / i, channels);
  return blocks;
}

}  // namespace

SwishResidual::SwishResidual(const tensors::WeightScope& scope, int64_t channels)
    : norm1_(scope / "norm1", groups, channels, epsilon),
      norm2_(scope / "norm2", groups, channels, epsilon),
      conv1_(three_wide(scope / "conv1", channels)),
      conv2_(three_wide(scope / "conv2", channels)) {}

at::Tensor SwishResidual::operator()(const at::Tensor& x) const {
  auto hidden = norm1_(x);
  hidden = norm2_(conv1_(at::silu_(hidden)));
  return conv2_(at::silu_(hidden)).add_(x);
}

FrameAttention::FrameAttention(const tensors::WeightScope& scope, int64_t channels)
    : norm_(scope / "norm", groups, channels, epsilon),
      query_(scope / "q", {.in = channels, .out = channels}),
      key_(scope / "k", {.in = channels, .out = channels}),
      value_(scope / "v", {.in = channels, .out = channels}),
      out_(scope / "proj_out", {.in = channels, .out = channels}) {}

at::Tensor FrameAttention::operator()(const at::Tensor& x) const {
  const auto frames = norm_(x).transpose(1, 2);
  const double scale = 1 / std::sqrt(static_cast<double>(x.size(1)));
  const auto weights = at::bmm(query_(frames).mul_(scale), key_(frames).transpose(1, 2)).softmax(-1);
  return out_(at::bmm(weights, value_(frames))).transpose(1, 2) + x;
}

PositionNet::PositionNet(const tensors::WeightScope& scope, int64_t channels)
    : before_(pair(scope, 0, channels)),
      attention_(scope / 2, channels),
      after_(pair(scope, 3, channels)),
      norm_(scope / 5, groups, channels, epsilon) {}

at::Tensor PositionNet::operator()(const at::Tensor& x) const {
  auto hidden = x;
  for (const auto& block : before_) hidden = block(hidden);
  hidden = attention_(hidden);
  for (const auto& block : after_) hidden = block(hidden);
  return norm_(hidden);
}

}  // namespace cfo::layers
