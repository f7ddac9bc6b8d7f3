// Attention inside windows of frames.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::layers {

/// x + attention of each frame over its own window of `window` frames, with rotary positions that begin anew in every
/// window (hubertsiuzdak/snac, snac/attention.py, LocalMHA). x [B, channels, F], F a multiple of `window`; heads of 64
/// channels.
class LocalAttention {
 public:
  /// Takes norm, to_qkv, to_out and, where it is stored, rel_pos.inv_freq [32] at `scope`.
  LocalAttention(const tensors::WeightScope& scope, int64_t channels, int64_t window);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  at::Tensor rotated(const at::Tensor& x) const;
  int64_t window_;
  LayerNorm norm_;
  Linear query_key_value_;
  Linear out_;
  at::Tensor cosine_, sine_;  ///< [window, 64]
};

}  // namespace cfo::layers
