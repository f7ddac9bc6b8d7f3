// Attention of one sequence to another, whose keys and values can be computed once and used many times.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Keys and values [B, heads, M, head size] of M positions that can be attended to.
struct AttentionMemory {
  at::Tensor keys, values;
};

struct CrossAttentionOptions {
  int64_t dimension = 320;  ///< D, a multiple of `heads`
  int64_t context = 320;    ///< channels of the sequence attended to
  int64_t heads = 10;
};

/// x [B, N, D] -> [B, N, D] (CompVis/latent-diffusion, ldm/modules/attention.py, CrossAttention).
///
///     const auto memory = attention.remember(context);  // [B, M, context]
///     x = attention(x, memory);                         // as often as you like; a memory of one utterance serves any
///     B
class CrossAttention {
 public:
  /// Takes to_q, to_k, to_v (no bias) and to_out.0 at `scope`.
  CrossAttention(const tensors::WeightScope& scope, const CrossAttentionOptions& options);
  AttentionMemory remember(const at::Tensor& context) const;
  at::Tensor operator()(const at::Tensor& x, const AttentionMemory& memory) const;

 private:
  at::Tensor split(const at::Tensor& x) const;
  int64_t heads_;
  layers::Linear query_, key_, value_, out_;
};

}  // namespace cfo::codecs
