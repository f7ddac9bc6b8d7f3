#include "nodes/networks/codecs/facodec/conv_transformer.h"

#include <cmath>

#include "base/error.h"

namespace cfo::codecs {
namespace {

/// Sines and cosines of position 0 in turn: 0, 1, 0, 1, ...
at::Tensor first_position(const tensors::WeightScope& scope, int64_t width) {
  if (scope.has("position_emb.pe")) return scope.take("position_emb.pe", {-1, 1, width})[0].flatten();
  return at::arange(width, at::kFloat).remainder(2).to(scope.device());
}

}  // namespace

ConvTransformer::ConvTransformer(const tensors::WeightScope& scope, const ConvTransformerOptions& options)
    : heads_(options.heads), position_(first_position(scope, options.width)), last_(scope / "last_ln", options.width) {
  const int64_t width = options.width, inner = options.inner, kernel = options.kernel;
  if (heads_ < 1 || width % heads_ != 0)
    throw Error("attention of {} channels cannot have {} heads; it needs equal ones", width, heads_);
  for (int64_t i = 0; i < options.layers; ++i) {
    const auto layer = scope / "layers" / i;
    layers_.push_back(
        {layers::LayerNorm(layer / "ln_1", width), layer.take("self_attn.in_proj_weight", {3 * width, width}),
         layer.take("self_attn.in_proj_bias", {3 * width}),
         layers::Linear(layer / "self_attn.out_proj", {.in = width, .out = width}),
         layers::LayerNorm(layer / "ln_2", width),
         layers::Conv1d(layer / "ffn.ffn_1",
                        {.in = width, .out = inner, .kernel = kernel, .padding = layers::Padding::fixed(kernel / 2)}),
         layers::Linear(layer / "ffn.ffn_2", {.in = inner, .out = width})});
  }
}

at::Tensor ConvTransformer::attention(const Layer& layer, const at::Tensor& x) const {
  const int64_t batch = x.size(0), frames = x.size(1), width = x.size(2), size = width / heads_;
  const auto parts =
      at::linear(x, layer.in_weight, layer.in_bias).view({batch, frames, 3, heads_, size}).permute({2, 0, 3, 1, 4});
  const auto weights =
      at::matmul(parts[0] * (1 / std::sqrt(static_cast<double>(size))), parts[1].transpose(2, 3)).softmax(-1);
  return layer.out(at::matmul(weights, parts[2]).transpose(1, 2).reshape({batch, frames, width}));
}

at::Tensor ConvTransformer::operator()(const at::Tensor& x) const {
  auto y = x + position_;
  for (const auto& layer : layers_) {
    y += attention(layer, layer.norm1(y));
    const auto wide = layer.wide(layer.norm2(y).transpose(1, 2)).relu_();
    y += layer.narrow(wide.transpose(1, 2));
  }
  return last_(y);
}

}  // namespace cfo::codecs
