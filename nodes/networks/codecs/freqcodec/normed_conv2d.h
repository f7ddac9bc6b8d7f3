// Convolutions over frequency and time, each followed by a GroupNorm where the model has one (modelscope/FunCodec,
// funcodec/modules/normed_modules/conv.py, SConv2d and SConvTranspose2d).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Rows and frames: a kernel, a stride or a dilation.
struct FrequencyTime {
  int64_t frequency = 1;
  int64_t time = 1;
};

struct NormedConv2dOptions {
  int64_t in = 1;
  int64_t out = 1;
  FrequencyTime kernel = {};
  FrequencyTime stride = {};
  FrequencyTime dilation = {};  ///< 1 along an axis that is strided
  int64_t groups = 1;
};

/// x [B, in, rows, T] -> [B, out, rows', ceil(T / stride.time)]. Reflects at all ends: (kernel - 1) * dilation + 1 -
/// stride along an axis, the smaller half of it after the end; what makes the last frame whole goes BEFORE the first,
/// unlike in Conv1d. rows' is rounded down. An axis too short to be reflected is first extended with zeros, and the
/// surplus cut from the end again.
class NormedConv2d {
 public:
  /// Takes `weight` [out, in / groups, kernel.frequency, kernel.time] (or its weight-normalised parts) and `bias` [out]
  /// at `scope`.
  NormedConv2d(const tensors::WeightScope& scope, const NormedConv2dOptions& options,
               std::optional<layers::GroupNorm> norm);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  NormedConv2dOptions options_;
  at::Tensor weight_, bias_;
  std::optional<layers::GroupNorm> norm_;
};

/// A transposed convolution, the norm, and then the trim of kernel - stride along each axis, the smaller half of it at
/// the end: x [B, in, rows, T] -> [B, out, rows * stride.frequency + kept_rows, T * stride.time]. `dilation` of the
/// options is not used.
class NormedConvTranspose2d {
 public:
  /// Takes `weight` [in, out / groups, kernel.frequency, kernel.time] and `bias` [out] at `scope`. `kept_rows` are left
  /// of those trimmed at the end.
  NormedConvTranspose2d(const tensors::WeightScope& scope, const NormedConv2dOptions& options,
                        std::optional<layers::GroupNorm> norm, int64_t kept_rows = 0);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  NormedConv2dOptions options_;
  at::Tensor weight_, bias_;
  std::optional<layers::GroupNorm> norm_;
  int64_t kept_rows_;
};

}  // namespace cfo::codecs
