// One vector for a whole utterance.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nodes/networks/layers/basic/conv.h"
#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// TiCodec's time-invariant branch (y-ren16/TiCodec, egs/TiCodec-24k-320d/models.py, GlobalTokenEncoder): three
/// convolutions, the mean over time, a linear layer and a batch norm with stored statistics; x [B, channels, T] -> [B,
/// channels].
class GlobalEncoder {
 public:
  /// Takes conv.0, conv.2, conv.4, fn.0 and fn.2 at `scope`.
  GlobalEncoder(const tensors::WeightScope& scope, int64_t channels, int64_t inner);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  std::vector<layers::Conv1d> convs_;
  layers::Linear linear_;
  at::Tensor scale_, shift_;  ///< the batch norm as one multiplication and addition
};

}  // namespace cfo::codecs
