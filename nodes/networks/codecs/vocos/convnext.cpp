#include "nodes/networks/codecs/vocos/convnext.h"

namespace cfo::codecs {
namespace {

constexpr double epsilon = 1e-6;

layers::Conv1dOptions same_length(int64_t in, int64_t out, int64_t kernel, int64_t groups = 1) {
  return {.in = in, .out = out, .kernel = kernel, .groups = groups, .padding = layers::Padding::fixed(kernel / 2)};
}

at::Tensor table_row(const tensors::WeightScope& scope, const VocosBackboneOptions& options) {
  return scope.take("weight", {options.conditions, options.dimension}).select(0, options.condition).contiguous();
}

std::vector<ConvNextBlock> blocks(const tensors::WeightScope& scope, const VocosBackboneOptions& options) {
  std::vector<ConvNextBlock> made;
  for (int64_t i = 0; i < options.blocks; ++i) made.emplace_back(scope / i, options);
  return made;
}

}  // namespace

AdaptiveLayerNorm::AdaptiveLayerNorm(const tensors::WeightScope& scope, const VocosBackboneOptions& options)
    : scale_(table_row(scope / "scale", options)), shift_(table_row(scope / "shift", options)) {}

at::Tensor AdaptiveLayerNorm::operator()(const at::Tensor& x) const {
  return at::layer_norm(x, scale_.sizes(), scale_, shift_, epsilon);
}

ConvNextBlock::ConvNextBlock(const tensors::WeightScope& scope, const VocosBackboneOptions& options)
    : depthwise_(scope / "dwconv",
                 same_length(options.dimension, options.dimension, options.kernel, options.dimension)),
      norm_(scope / "norm", options),
      widen_(scope / "pwconv1", {.in = options.dimension, .out = options.inner}),
      narrow_(scope / "pwconv2", {.in = options.inner, .out = options.dimension}),
      gamma_(scope.take("gamma", {options.dimension})) {}

at::Tensor ConvNextBlock::operator()(const at::Tensor& x) const {
  const auto normed = norm_(depthwise_(x).transpose(1, 2));
  return narrow_(at::gelu(widen_(normed))).mul_(gamma_).transpose(1, 2) + x;
}

VocosBackbone::VocosBackbone(const tensors::WeightScope& scope, const VocosBackboneOptions& options)
    : embed_(scope / "embed", same_length(options.input, options.dimension, options.kernel)),
      norm_(scope / "norm", options),
      blocks_(blocks(scope / "convnext", options)),
      last_norm_(scope / "final_layer_norm", options.dimension, epsilon) {
  if (options.position_net) position_.emplace(scope / "pos_net", options.dimension);
}

at::Tensor VocosBackbone::operator()(const at::Tensor& features) const {
  auto x = embed_(features);
  if (position_) x = (*position_)(x);
  x = norm_(x.transpose(1, 2)).transpose(1, 2);
  for (const auto& block : blocks_) x = block(x);
  return last_norm_(x.transpose(1, 2));
}

}  // namespace cfo::codecs
