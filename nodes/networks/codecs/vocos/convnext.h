// ConvNeXt over time, as the Vocos decoders use it (Siuzdak 2023, "Vocos"; gemelo-ai/vocos, vocos/modules.py and
// models.py).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "nodes/networks/layers/attention/position_net.h"
#include "nodes/networks/layers/basic/conv.h"
#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

struct VocosBackboneOptions {
  int64_t input = 128;  ///< channels of the features
  int64_t dimension = 384;
  int64_t inner = 1152;  ///< of a block's feed-forward part
  int64_t blocks = 8;
  int64_t kernel = 7;         ///< zero-padded to keep the length
  int64_t conditions = 4;     ///< rows of the adaptive norms' tables (bandwidths)
  int64_t condition = 0;      ///< the row in use
  bool position_net = false;  ///< WavTokenizer's attention between the first convolution and the blocks
};

/// x [B, F, dimension] normalised without weights, then scaled and shifted by one row of two tables.
class AdaptiveLayerNorm {
 public:
  /// Takes `scale.weight` and `shift.weight` [conditions, dimension] at `scope`.
  AdaptiveLayerNorm(const tensors::WeightScope& scope, const VocosBackboneOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  at::Tensor scale_;
  at::Tensor shift_;
};

/// x + gamma * W2 GELU(W1 norm(depthwise(x))); x [B, dimension, F].
class ConvNextBlock {
 public:
  ConvNextBlock(const tensors::WeightScope& scope, const VocosBackboneOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  layers::Conv1d depthwise_;
  AdaptiveLayerNorm norm_;
  layers::Linear widen_;
  layers::Linear narrow_;
  at::Tensor gamma_;
};

/// features [B, input, F] -> [B, F, dimension].
class VocosBackbone {
 public:
  /// Takes embed, pos_net (where there is one), norm, convnext.<i> and final_layer_norm at `scope`.
  VocosBackbone(const tensors::WeightScope& scope, const VocosBackboneOptions& options);
  at::Tensor operator()(const at::Tensor& features) const;

 private:
  layers::Conv1d embed_;
  std::optional<layers::PositionNet> position_;
  AdaptiveLayerNorm norm_;
  std::vector<ConvNextBlock> blocks_;
  layers::LayerNorm last_norm_;
};

}  // namespace cfo::codecs
