// Multi-head self-attention, with rotary positions and a causal window where the model has them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::layers {

struct AttentionOptions {
  int64_t dimension = 512;  ///< D, a multiple of `heads`
  int64_t heads = 8;
  bool bias = true;    ///< in all four projections
  int64_t window = 0;  ///< a frame sees itself and the window - 1 frames before it; 0: every frame sees all frames
  double rotary_period =
      0;  ///< longest period of rotary positions over neighbouring pairs of channels (Su et al. 2021); 0: no positions
};

/// x [B, F, D] -> [B, F, D]. With a window, work and memory grow with F * window.
///
///     SelfAttention attention(layer / "self_attn", {.dimension = 512, .heads = 8, .bias = false, .window = 250,
///     .rotary_period = 10000});
class SelfAttention {
 public:
  /// Takes `in_proj_weight` [3 D, D] (queries, keys, values) and `in_proj_bias` [3 D], or where these are not stored
  /// the layers `q_proj`, `k_proj` and `v_proj`; and `out_proj`. Where the layer `qkv` is stored, as vision
  /// transformers have it: `qkv` and `proj`. Throws Error for a head size that the options do not allow.
  SelfAttention(const tensors::WeightScope& scope, const AttentionOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  int64_t head_size() const { return options_.dimension / options_.heads; }
  void rotate(const at::Tensor& queries_and_keys) const;
  at::Tensor attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, int64_t lead) const;

  AttentionOptions options_;
  at::Tensor in_weight_, in_bias_;
  Linear out_;
};

}  // namespace cfo::layers
