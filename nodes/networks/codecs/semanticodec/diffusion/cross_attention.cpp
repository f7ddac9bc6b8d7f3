#include "nodes/networks/codecs/semanticodec/diffusion/cross_attention.h"

#include <cmath>

#include "base/error.h"

namespace cfo::codecs {

CrossAttention::CrossAttention(const tensors::WeightScope& scope, const CrossAttentionOptions& options)
    : heads_(options.heads),
      query_(scope / "to_q", {.in = options.dimension, .out = options.dimension, .bias = false}),
      key_(scope / "to_k", {.in = options.context, .out = options.dimension, .bias = false}),
      value_(scope / "to_v", {.in = options.context, .out = options.dimension, .bias = false}),
      out_(scope / "to_out" / 0, {.in = options.dimension, .out = options.dimension}) {
  if (options.heads < 1 || options.dimension % options.heads != 0) {
    throw Error("attention needs channels that {} heads share equally, but got {} channels", options.heads,
                options.dimension);
  }
}

/// [B, N, D] -> [B, heads, N, D / heads].
at::Tensor CrossAttention::split(const at::Tensor& x) const {
  return x.view({x.size(0), x.size(1), heads_, x.size(2) / heads_}).transpose(1, 2).contiguous();
}

AttentionMemory CrossAttention::remember(const at::Tensor& context) const {
  return {split(key_(context)), split(value_(context))};
}

at::Tensor CrossAttention::operator()(const at::Tensor& x, const AttentionMemory& memory) const {
  const double scale = 1 / std::sqrt(static_cast<double>(x.size(2) / heads_));
  const auto weights = at::matmul(split(query_(x).mul_(scale)), memory.keys.transpose(2, 3)).softmax(-1);
  return out_(at::matmul(weights, memory.values).transpose(1, 2).reshape(x.sizes()));
}

}  // namespace cfo::codecs
