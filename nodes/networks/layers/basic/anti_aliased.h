// BigVGAN's anti-aliased periodic activation.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::layers {

/// x + sin(a x)^2 / (b + 1e-9) with a = exp(alpha), b = exp(beta) a channel, computed at twice the rate between two
/// low-pass filters (Lee et al. 2023, "BigVGAN"; NVIDIA/BigVGAN, alias_free_activation/act.py, Activation1d with
/// SnakeBeta in log scale). x [B, channels, T] -> the same shape.
class AntiAliasedSnake {
 public:
  /// Takes act.alpha and act.beta [channels] and, where they are stored, upsample.filter and downsample.lowpass.filter
  /// [1, 1, 12] at `scope`.
  AntiAliasedSnake(const tensors::WeightScope& scope, int64_t channels);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  at::Tensor in_one_pass(const at::Tensor& x) const;

  at::Tensor even_, odd_;            ///< [channels, 1, 7]: the two phases of the upsampling filter
  at::Tensor down_;                  ///< [channels, 1, 12]
  at::Tensor alpha_, inverse_beta_;  ///< [1, channels, 1]
};

/// The low-pass filter of 12 taps that both directions use: a sinc of cutoff 0.25 under a Kaiser window, of sum 1;
/// [12].
at::Tensor anti_aliasing_filter();

}  // namespace cfo::layers
