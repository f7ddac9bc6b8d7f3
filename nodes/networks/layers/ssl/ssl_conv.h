// The convolutions that self-supervised speech encoders begin with (wav2vec 2.0, Baevski et al. 2020;
// facebookresearch/fairseq, fairseq/models/wav2vec/wav2vec2.py, ConvFeatureExtractionModel).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "nodes/networks/layers/basic/conv.h"
#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/layers/ssl/ssl_naming.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::layers {

struct SslConvOptions {
  std::vector<int64_t> widths, kernels, strides;  ///< one of each a convolution
  bool bias = false;
  bool norm_everywhere = false;  ///< a norm over the channels of each frame after every convolution; false: one over
                                 ///< time after the first only
};

/// wave [B, 1, T] -> features [B, widths.back(), frames(T)]: convolutions without padding, each with its norm and GELU.
class SslConv {
 public:
  /// Takes `feature_extractor.conv_layers.<i>` below `scope`. Throws Error when the options' lists differ in length.
  SslConv(const tensors::WeightScope& scope, const SslNames& names, const SslConvOptions& options);
  /// Throws Error for a wave of fewer than shortest() samples.
  at::Tensor operator()(const at::Tensor& wave) const;

  /// Frames of a wave of at least shortest() samples.
  int64_t frames(int64_t samples) const;
  /// Samples that make one frame: 400 for the published kernels and strides.
  int64_t shortest() const;

 private:
  struct Layer {
    Conv1d conv;
    std::optional<LayerNorm> layer_norm;
    std::optional<GroupNorm> group_norm;
  };
  SslConvOptions options_;
  std::vector<Layer> layers_;
};

}  // namespace cfo::layers
