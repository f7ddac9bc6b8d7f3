// X-Codec's encoder of semantic features (Ye et al. 2024; zhenye234/xcodec, modules/semantic_module.py, Encoder).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nodes/networks/layers/basic/conv.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

struct SemanticEncoderOptions {
  int64_t in = 768;
  int64_t width = 768;             ///< channels of the first block
  int64_t kernel = 3;              ///< of the first convolution, odd
  int64_t unit_kernel = 3;         ///< of the residual units, odd
  std::vector<int64_t> dilations;  ///< one residual unit each
  std::vector<int64_t> widths;     ///< channels that each block gives
  std::vector<int64_t> strides;    ///< one a block
};

/// features [B, in, F] -> [B, widths.back(), F / product of strides]: a convolution, then blocks of residual units x +
/// conv1(ELU(conv(ELU(x)))) and a convolution of stride s, of kernel 3 where s is 1, else 2 s.
class SemanticEncoder {
 public:
  /// Takes `conv.conv`, `conv_blocks.<i>.res_units.<j>.{conv1.conv, conv2}` (these without bias) and
  /// `conv_blocks.<i>.conv.conv` at `scope`. Throws Error when there is not one stride a block.
  SemanticEncoder(const tensors::WeightScope& scope, const SemanticEncoderOptions& options);
  at::Tensor operator()(const at::Tensor& features) const;

 private:
  struct Unit {
    layers::Conv1d wide, narrow;
  };
  struct Block {
    std::vector<Unit> units;
    layers::Conv1d conv;
  };
  layers::Conv1d first_;
  std::vector<Block> blocks_;
};

}  // namespace cfo::codecs
