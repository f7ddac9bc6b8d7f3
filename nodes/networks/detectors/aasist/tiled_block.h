// A residual block with its batch norm folded away, worked through in tiles of time that stay in the CPU's caches.
#pragma once

#include <ATen/core/Tensor.h>

namespace cfo::detectors {

/// Convolutions of a block (residual_encoder.h); conv1 has the batch norm behind it folded in. `shortcut` is undefined
/// where the input itself is the shortcut.
struct FoldedBlock {
  at::Tensor conv1, bias1, conv2, bias2, shortcut, shortcut_bias;
};

/// Maximum over every three columns of conv2(selu(conv1(x))) + shortcut(x): [B, in, F, T] -> [B, out, F, T / 3],
/// float32 on the CPU. The memory that it takes does not grow with the map. Differentiable where there is a shortcut
/// convolution: the gradient works each tile out again instead of keeping it.
at::Tensor tiled_block(const at::Tensor& x, const FoldedBlock& block);

}  // namespace cfo::detectors
