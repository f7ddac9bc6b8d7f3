// Convolutions over images.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

struct Conv2dOptions {
  int64_t in = 1;
  int64_t out = 1;
  int64_t kernel = 3;   ///< both ways
  int64_t stride = 1;   ///< both ways
  int64_t padding = 1;  ///< zeros on every side
};

/// x [B, in, H, W] -> [B, out, H', W'], H' = (H + 2 padding - kernel) / stride + 1, and W' likewise.
class Conv2d {
 public:
  /// Takes `weight` [out, in, kernel, kernel] and `bias` [out] at `scope`.
  Conv2d(const tensors::WeightScope& scope, const Conv2dOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;
  c10::Device device() const { return weight_.device(); }

 private:
  Conv2dOptions options_;
  at::Tensor weight_, bias_;
};

/// Every pixel of x [B, C, H, W] four times: [B, C, 2 H, 2 W].
at::Tensor doubled(const at::Tensor& x);

}  // namespace cfo::codecs
