// Differentiable steps of the residual encoder on maps [B, C, F, T]. Float32 maps on the CPU, with the channels
// innermost in memory, go through loops of our own (encoder_kernels.h); others (a GPU, double precision) through
// ATen's.
#pragma once

#include <ATen/core/Tensor.h>

#include "nodes/networks/detectors/modules/modules.h"

namespace cfo::detectors {

/// selu(batch norm(x)) of a training pass; moves the running statistics. The statistics are summed in double precision:
/// libtorch 1.13 sums channels-last maps in single precision, which costs an AASIST batch three digits.
at::Tensor batch_norm_selu(const at::Tensor& x, const BatchNorm& bn);

/// Maximum of a + b over every three columns: [B, C, F, T] -> [B, C, F, T / 3]. Keeps one byte a result for the
/// gradient.
at::Tensor pool_sum_by_3(const at::Tensor& a, const at::Tensor& b);

/// `pool_sum_by_3` without a gradient, and which of the three columns each result came from (uint8).
struct PooledSum {
  at::Tensor values, places;
};
PooledSum pool_sum_with_places(const at::Tensor& a, const at::Tensor& b);
/// The gradient of either summand, `columns` wide.
at::Tensor unpool_by_3(const at::Tensor& gradient, const at::Tensor& places, int64_t columns);

/// Mean and biased variance [C] (float64) of a map, summed in double precision; no gradient.
struct ChannelStatistics {
  at::Tensor mean, variance;
};
ChannelStatistics channel_statistics(const at::Tensor& x);

}  // namespace cfo::detectors
