// Transformer layers with the norms first, and a learnt scale on what each half adds (LayerScale, Touvron et al. 2021).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nodes/networks/layers/attention/attention.h"
#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

struct TransformerOptions {
  layers::AttentionOptions attention = {};
  int64_t layers = 8;
  int64_t feed_forward = 2048;  ///< channels inside a layer's second half; its biases are as the attention's
};

/// x + scale_1 attention(norm1(x)), then x + scale_2 linear2(GELU(linear1(norm2(x)))); x [B, F, D].
class TransformerLayer {
 public:
  /// Takes `self_attn`, `norm1`, `norm2`, `linear1`, `linear2`, `layer_scale_1.scale` [D] and `layer_scale_2.scale` [D]
  /// at `scope`.
  TransformerLayer(const tensors::WeightScope& scope, const TransformerOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  layers::LayerNorm attention_norm_;
  layers::SelfAttention attention_;
  at::Tensor attention_scale_;
  layers::LayerNorm feed_forward_norm_;
  layers::Linear wide_, narrow_;
  at::Tensor feed_forward_scale_;
};

/// x [B, F, D] -> [B, F, D] through `layers.<i>` below `scope`; no norm at the end.
class Transformer {
 public:
  Transformer(const tensors::WeightScope& scope, const TransformerOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  std::vector<TransformerLayer> layers_;
};

}  // namespace cfo::codecs
