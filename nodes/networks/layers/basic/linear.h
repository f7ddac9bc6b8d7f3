// Linear layers and the normalisations that go with them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::layers {

struct LinearOptions {
  int64_t in = 1;
  int64_t out = 1;
  bool bias = true;
};

/// x [..., in] -> [..., out].
class Linear {
 public:
  /// Takes `weight` [out, in] (weight-normalised or not; a convolution of kernel 1, [out, in, 1] or [out, in, 1, 1], is
  /// a linear layer too) and `bias` [out] at `scope`.
  Linear(const tensors::WeightScope& scope, const LinearOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;
  int64_t inputs() const { return weight_.size(1); }
  int64_t outputs() const { return weight_.size(0); }

 private:
  at::Tensor weight_;
  at::Tensor bias_;
};

/// torch's LayerNorm over the last dimension; x [..., size].
class LayerNorm {
 public:
  /// Takes `weight` [size] and `bias` [size] at `scope`.
  LayerNorm(const tensors::WeightScope& scope, int64_t size, double epsilon = 1e-5);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  at::Tensor weight_;
  at::Tensor bias_;
  double epsilon_;
};

/// torch's GroupNorm; x [B, channels, ...]. Statistics are over a group's channels and all of the time: an utterance's
/// end matters.
class GroupNorm {
 public:
  /// Takes `weight` [channels] and `bias` [channels] at `scope`.
  GroupNorm(const tensors::WeightScope& scope, int64_t groups, int64_t channels, double epsilon = 1e-5);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  int64_t groups_;
  at::Tensor weight_;
  at::Tensor bias_;
  double epsilon_;
};

}  // namespace cfo::layers
