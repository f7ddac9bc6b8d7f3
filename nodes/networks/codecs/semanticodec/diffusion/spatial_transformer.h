// Transformers over the pixels of an image (Rombach et al. 2022; CompVis/latent-diffusion, ldm/modules/attention.py,
// SpatialTransformer).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nodes/networks/codecs/semanticodec/diffusion/cross_attention.h"
#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

struct SpatialTransformerOptions {
  int64_t channels = 320;
  int64_t heads = 10;
  int64_t depth = 1;    ///< layers
  int64_t context = 0;  ///< channels of the sequence that the second attention of each layer looks at; 0: at the image
                        ///< itself, like the first
};

/// x [B, N, D]: attention to itself, attention to the context, and a feed-forward half gated by GELU (GEGLU, Shazeer
/// 2020), each behind a norm and added.
class ContextLayer {
 public:
  /// Takes attn1, attn2, ff.net.0.proj, ff.net.2 and norm1 to norm3 at `scope`.
  ContextLayer(const tensors::WeightScope& scope, const SpatialTransformerOptions& options);
  AttentionMemory remember(const at::Tensor& context) const { return cross_.remember(context); }
  /// `memory` of the context, or an empty one where there is none.
  at::Tensor operator()(const at::Tensor& x, const AttentionMemory& memory) const;

 private:
  layers::LayerNorm self_norm_, cross_norm_, feed_forward_norm_;
  CrossAttention self_, cross_;
  layers::Linear wide_, narrow_;
};

/// x [B, channels, H, W] -> the same shape, each pixel a position.
class SpatialTransformer {
 public:
  /// Takes norm, proj_in, transformer_blocks.<i> and proj_out at `scope`.
  SpatialTransformer(const tensors::WeightScope& scope, const SpatialTransformerOptions& options);
  bool looks_at_context() const { return context_ > 0; }
  /// What the layers need of `context` [B, M, channels]: one memory a layer, none without a context.
  std::vector<AttentionMemory> remember(const at::Tensor& context) const;
  at::Tensor operator()(const at::Tensor& x, const std::vector<AttentionMemory>& memories) const;

 private:
  int64_t context_;
  layers::GroupNorm norm_;
  layers::Linear into_;
  std::vector<ContextLayer> layers_;
  layers::Linear out_of_;
};

}  // namespace cfo::codecs
