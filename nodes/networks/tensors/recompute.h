// Gradient checkpointing: memory saved in training by computing parts of a network twice (Chen et al., "Training deep
// nets with sublinear memory cost", 2016).
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace cfo::tensors {

/// f(x). Until the gradient comes, only x is kept; then f runs again. The gradients of the weights that f uses reach
/// them as without it, bit for bit. f must give the same for the same x: no dropout in it. Where x needs no gradient, f
/// runs once, as it is.
at::Tensor recomputed(const std::function<at::Tensor(const at::Tensor&)>& f, const at::Tensor& x);

}  // namespace cfo::tensors
