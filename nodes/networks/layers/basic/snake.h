// Snake activations (Ziyin et al. 2020, "Neural networks fail to learn periodic functions and how to fix it").
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::layers {

/// x + sin(alpha x)^2 / (alpha + 1e-9), one alpha a channel (descriptinc/descript-audio-codec, dac/nn/layers.py,
/// Snake1d); x [B, channels, T].
class Snake {
 public:
  /// Takes `alpha` [1, channels, 1] at `scope`.
  Snake(const tensors::WeightScope& scope, int64_t channels);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  at::Tensor alpha_;
  at::Tensor inverse_;
};

}  // namespace cfo::layers
