// Positions by convolution: what each frame of a self-supervised speech encoder learns of its place from the frames
// around it (facebookresearch/fairseq, fairseq/models/wav2vec/wav2vec2.py, make_conv_pos).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nodes/networks/layers/basic/conv.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::layers {

struct SslPositionOptions {
  int64_t kernel = 128;
  int64_t groups = 16;
};

/// x [B, F, width] -> GELU of the convolution [B, F, width]; what lies beyond the ends counts as zeros.
class SslPosition {
 public:
  /// Takes `weight` [width, width / groups, kernel], plain or weight-normalised over each of the kernel's places (gain
  /// [1, 1, kernel] as weight_g or parametrizations.weight.original0, direction as weight_v or original1), and `bias`
  /// [width] at `scope`.
  SslPosition(const tensors::WeightScope& scope, int64_t width, const SslPositionOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  Conv1d conv_;
};

}  // namespace cfo::layers
