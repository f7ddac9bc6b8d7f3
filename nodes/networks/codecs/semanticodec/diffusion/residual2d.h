// Residual blocks of latent diffusion's image networks (Rombach et al. 2022; CompVis/latent-diffusion,
// ldm/modules/diffusionmodules/model.py, ResnetBlock, and openaimodel.py, ResBlock).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

#include "nodes/networks/layers/basic/conv2d.h"
#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// skip(x) + conv2(silu(norm2(conv1(silu(norm1(x))) + what an embedding says))); x [B, in, H, W] -> [B, out, H, W].
/// Norms have 32 groups; the skip is a 1x1 convolution where in and out differ.
class Residual2d {
 public:
  /// The autoencoder's: norm1, conv1, norm2, conv2 and nin_shortcut at `scope`; no embedding.
  static Residual2d plain(const tensors::WeightScope& scope, int64_t in, int64_t out);
  /// The U-Net's: in_layers.{0, 2}, emb_layers.1, out_layers.{0, 3} and skip_connection at `scope`; embeddings of
  /// `embedding` channels.
  static Residual2d timed(const tensors::WeightScope& scope, int64_t in, int64_t out, int64_t embedding);

  /// `embedding` [1 or B, channels], where the block takes one.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& embedding = {}) const;

 private:
  Residual2d(layers::GroupNorm norm1, layers::Conv2d conv1, std::optional<layers::Linear> embed,
             layers::GroupNorm norm2, layers::Conv2d conv2, std::optional<layers::Conv2d> skip);
  layers::GroupNorm norm1_;
  layers::Conv2d conv1_;
  std::optional<layers::Linear> embed_;
  layers::GroupNorm norm2_;
  layers::Conv2d conv2_;
  std::optional<layers::Conv2d> skip_;
};

}  // namespace cfo::codecs
