// Convolutions over images and over maps of frequency and time.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>

#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::layers {

/// Rows (of a map: frequency), then columns (time).
using Size2d = std::array<int64_t, 2>;

struct Conv2dOptions {
  int64_t in = 1;
  int64_t out = 1;
  Size2d kernel = {3, 3};
  Size2d stride = {1, 1};
  Size2d padding = {1, 1};  ///< zeros on either side
};

/// x [B, in, H, W] -> [B, out, H', W'], H' = (H + 2 padding - kernel) / stride + 1, and W' likewise.
class Conv2d {
 public:
  /// Takes `weight` [out, in, kernel] and `bias` [out] at `scope`.
  Conv2d(const tensors::WeightScope& scope, const Conv2dOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;
  const at::Tensor& weight() const { return weight_; }
  const at::Tensor& bias() const { return bias_; }
  c10::Device device() const { return weight_.device(); }

 private:
  Conv2dOptions options_;
  at::Tensor weight_, bias_;
};

}  // namespace cfo::layers
