// Convolutions over time, each followed by a GroupNorm where the model has one ("time_group_norm" of EnCodec's kin,
// facebookresearch/encodec, modules/conv.py, NormConv1d and SConvTranspose1d).
#pragma once

#include <optional>

#include "nodes/networks/layers/basic/conv.h"
#include "nodes/networks/layers/basic/linear.h"

namespace cfo::layers {

/// Conv1d, then the norm: x [B, in, T] -> [B, out, T'].
class NormedConv1d {
 public:
  NormedConv1d(const tensors::WeightScope& scope, const Conv1dOptions& options, std::optional<GroupNorm> norm);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  Conv1d conv_;
  std::optional<GroupNorm> norm_;
};

/// A transposed convolution of the causal or centred rule, the norm, and only then the trim, so that the norm's
/// statistics include what is cut off: x [B, in, F] -> [B, out, F * stride].
class NormedConvTranspose1d {
 public:
  NormedConvTranspose1d(const tensors::WeightScope& scope, const ConvTranspose1dOptions& options,
                        std::optional<GroupNorm> norm);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  ConvTranspose1d whole_;  ///< trims nothing
  std::optional<GroupNorm> norm_;
  int64_t surplus_;
  Padding::Rule rule_;
};

}  // namespace cfo::layers
