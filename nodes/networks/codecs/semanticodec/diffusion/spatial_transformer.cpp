#include "nodes/networks/codecs/semanticodec/diffusion/spatial_transformer.h"

namespace cfo::codecs {
namespace {

constexpr int64_t inner_factor = 4;
constexpr int64_t groups = 32;
constexpr double epsilon = 1e-6;

CrossAttentionOptions attention(const SpatialTransformerOptions& options, int64_t context) {
  return {.dimension = options.channels, .context = context > 0 ? context : options.channels, .heads = options.heads};
}

}  // namespace

ContextLayer::ContextLayer(const tensors::WeightScope& scope, const SpatialTransformerOptions& options)
    : self_norm_(scope / "norm1", options.channels),
      cross_norm_(scope / "norm2", options.channels),
      feed_forward_norm_(scope / "norm3", options.channels),
      self_(scope / "attn1", attention(options, 0)),
      cross_(scope / "attn2", attention(options, options.context)),
      wide_(scope / "ff.net.0.proj", {.in = options.channels, .out = 2 * inner_factor * options.channels}),
      narrow_(scope / "ff.net.2", {.in = inner_factor * options.channels, .out = options.channels}) {}

at::Tensor ContextLayer::operator()(const at::Tensor& x, const AttentionMemory& memory) const {
  auto normed = self_norm_(x);
  auto sum = self_(normed, self_.remember(normed)).add_(x);
  normed = cross_norm_(sum);
  sum.add_(cross_(normed, memory.keys.defined() ? memory : cross_.remember(normed)));
  const auto halves = wide_(feed_forward_norm_(sum)).chunk(2, -1);
  return sum.add_(narrow_(at::gelu(halves[1]).mul_(halves[0])));
}

SpatialTransformer::SpatialTransformer(const tensors::WeightScope& scope, const SpatialTransformerOptions& options)
    : context_(options.context),
      norm_(scope / "norm", groups, options.channels, epsilon),
      into_(scope / "proj_in", {.in = options.channels, .out = options.channels}),
      out_of_(scope / "proj_out", {.in = options.channels, .out = options.channels}) {
  for (int64_t i = 0; i < options.depth; ++i) layers_.emplace_back(scope / "transformer_blocks" / i, options);
}

std::vector<AttentionMemory> SpatialTransformer::remember(const at::Tensor& context) const {
  std::vector<AttentionMemory> memories;
  if (!looks_at_context()) return memories;
  for (const auto& layer : layers_) memories.push_back(layer.remember(context));
  return memories;
}

at::Tensor SpatialTransformer::operator()(const at::Tensor& x, const std::vector<AttentionMemory>& memories) const {
  auto pixels = into_(norm_(x).flatten(2).transpose(1, 2));
  for (std::size_t i = 0; i < layers_.size(); ++i)
    pixels = layers_[i](pixels, looks_at_context() ? memories.at(i) : AttentionMemory());
  return out_of_(pixels).transpose(1, 2).reshape(x.sizes()).add_(x);
}

}  // namespace cfo::codecs
