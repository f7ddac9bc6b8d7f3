// WavTokenizer's stack of residual blocks around one attention over all frames (Ji et al. 2024;
// jishengpeng/WavTokenizer, decoder/models.py, VocosBackbone.pos_net, after the VQGAN decoder).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nodes/networks/layers/basic/conv.h"
#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::layers {

/// x + conv3(swish(norm(conv3(swish(norm(x)))))); x [B, channels, F].
class SwishResidual {
 public:
  SwishResidual(const tensors::WeightScope& scope, int64_t channels);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  GroupNorm norm1_, norm2_;
  Conv1d conv1_, conv2_;
};

/// x + one attention head of all frames over all frames; x [B, channels, F]. Costs grow with F squared.
class FrameAttention {
 public:
  FrameAttention(const tensors::WeightScope& scope, int64_t channels);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  GroupNorm norm_;
  Linear query_, key_, value_, out_;
};

/// Two residual blocks, the attention, two residual blocks, a norm; x [B, channels, F], channels a multiple of 32. Sees
/// the whole utterance.
class PositionNet {
 public:
  /// Takes 0, 1, 2, 3, 4 and 5 at `scope`.
  PositionNet(const tensors::WeightScope& scope, int64_t channels);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  std::vector<SwishResidual> before_;
  FrameAttention attention_;
  std::vector<SwishResidual> after_;
  GroupNorm norm_;
};

}  // namespace cfo::layers
