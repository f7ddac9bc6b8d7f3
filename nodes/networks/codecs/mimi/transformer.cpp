#include "nodes/networks/codecs/mimi/transformer.h"

namespace cfo::codecs {

TransformerLayer::TransformerLayer(const tensors::WeightScope& scope, const TransformerOptions& options)
    : attention_norm_(scope / "norm1", options.attention.dimension),
      attention_(scope / "self_attn", options.attention),
      attention_scale_((scope / "layer_scale_1").take("scale", {options.attention.dimension})),
      feed_forward_norm_(scope / "norm2", options.attention.dimension),
      wide_(scope / "linear1",
            {.in = options.attention.dimension, .out = options.feed_forward, .bias = options.attention.bias}),
      narrow_(scope / "linear2",
              {.in = options.feed_forward, .out = options.attention.dimension, .bias = options.attention.bias}),
      feed_forward_scale_((scope / "layer_scale_2").take("scale", {options.attention.dimension})) {}

at::Tensor TransformerLayer::operator()(const at::Tensor& x) const {
  const auto attended = at::addcmul(x, attention_(attention_norm_(x)), attention_scale_);
  auto hidden = wide_(feed_forward_norm_(attended));
  return at::addcmul(attended, narrow_(at::gelu_(hidden)), feed_forward_scale_);
}

Transformer::Transformer(const tensors::WeightScope& scope, const TransformerOptions& options) {
  for (int64_t i = 0; i < options.layers; ++i) layers_.emplace_back(scope / "layers" / i, options);
}

at::Tensor Transformer::operator()(const at::Tensor& x) const {
  auto result = x;
  for (const auto& layer : layers_) result = layer(result);
  return result;
}

}  // namespace cfo::codecs
