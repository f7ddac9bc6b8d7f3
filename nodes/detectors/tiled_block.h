// A residual block with its batch norm folded away, worked through in tiles of time that stay in the CPU's caches.
#pragma once

#include <ATen/core/Tensor.h>

namespace cfo::detectors {

/// Convolutions of a block (residual_encoder.h); conv1 has the batch norm behind it folded in. `shortcut` is undefined where the input
/// itself is the shortcut.
struct FoldedBlock {
  at::Tensor conv1, bias1, conv2, bias2, shortcut, shortcut_bias;
};

/// Maximum over every three columns of conv2(selu(conv1(x))) + shortcut(x): [B, in, F, T] -> [B, out, F, T / 3], float32 on the CPU. The
/// memory that it takes does not grow with the map. Differentiable where there is a shortcut convolution: the gradient works each tile out
/// again instead of keeping it.
at::Tensor tiled_block(const at::Tensor& x, const FoldedBlock& block);

/// First and second moments of the 2x3 patches that a block's first convolution sees in a map [B, 1, F, T]: float64 [6] and [6, 6].
/// They give the convolution's batch statistics without working it out: mean w.m + b, variance w'(S - mm')w. Differentiable.
struct PatchMoments {
  at::Tensor first, second;
};
PatchMoments patch_moments(const at::Tensor& x);

}  // namespace cfo::detectors
