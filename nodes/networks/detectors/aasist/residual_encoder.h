// The two-dimensional residual encoder of RawNet2 and AASIST.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "nodes/networks/detectors/aasist/encoder_functions.h"
#include "nodes/networks/detectors/modules/modules.h"

namespace cfo::detectors {

/// One block of clovaai/aasist models/AASIST.py Residual_block: conv (2x3), batch norm, SELU, conv (2x3), shortcut, max
/// pooling by 3 in time (not in TakHemlata/SSL_Anti-spoofing model.py). [B, in, F, T] -> [B, out, F, T / 3] or [B, out,
/// F, T]. As published, bn1 (all blocks but the first) watches the input but does not shape the output: its weight and
/// bias get no gradient.
class ResidualBlock {
 public:
  struct Shape {
    int64_t in, out;
    bool first;
    bool pooled = true;
  };
  ResidualBlock(ParameterSet& set, const std::string& name, const Shape& shape);
  at::Tensor operator()(const at::Tensor& x, const Pass& pass) const;

 private:
  at::Tensor shortcut(const at::Tensor& x) const;
  at::Tensor tiled(const at::Tensor& x, const ChannelStatistics& statistics) const;
  at::Tensor unpooled(const at::Tensor& x, const Pass& pass) const;

  bool pooled_;
  std::optional<BatchNorm> bn1_;
  layers::Conv2d conv1_;
  BatchNorm bn2_;
  layers::Conv2d conv2_;
  std::optional<layers::Conv2d> conv_downsample_;
};

/// Blocks named NAME.0.0, NAME.1.0, ...: the first block reads channels.front().
class ResidualEncoder {
 public:
  ResidualEncoder(ParameterSet& set, const std::string& name, const std::vector<std::array<int64_t, 2>>& channels,
                  bool pooled = true);
  /// [B, 1, F, T] -> [B, C, F, T / 3^blocks], or [B, C, F, T] where nothing is pooled.
  at::Tensor operator()(const at::Tensor& x, const Pass& pass) const;
  std::size_t blocks() const { return blocks_.size(); }

 private:
  std::vector<ResidualBlock> blocks_;
};

}  // namespace cfo::detectors
