// The causal networks of SoCodec's staged VQ-VAE (Guo et al. 2024; hhguo/SoCodec,
// socodec/networks/vqvae/staged_vqvae.py).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nodes/networks/layers/basic/conv.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

struct StagedVqVaeOptions {
  int64_t width = 1024;  ///< channels everywhere inside
  int64_t kernel = 3;
  int64_t groups = 32;           ///< of the residual units' convolutions
  std::vector<int64_t> strides;  ///< in the order of this half; a strided convolution's kernel is twice its stride
};

/// A convolution whose frames see no later one, padded with zeros: x [B, in, N] -> [B, out, N / stride rounded up].
class CausalConv1d {
 public:
  /// `padding` of the options is not used.
  CausalConv1d(const tensors::WeightScope& scope, const layers::Conv1dOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  int64_t past_;
  layers::Conv1d conv_;
};

/// x + conv(swish(conv(x))); x [B, width, N].
class StagedResidual {
 public:
  StagedResidual(const tensors::WeightScope& scope, const StagedVqVaeOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  CausalConv1d first_, second_;
};

/// features [B, in, N] -> [B, width, F], F being N divided by each stride in turn and rounded up.
class StagedEncoder {
 public:
  /// Takes layers.<i> at `scope`.
  StagedEncoder(const tensors::WeightScope& scope, int64_t in, const StagedVqVaeOptions& options);
  at::Tensor operator()(const at::Tensor& features) const;

 private:
  struct Stage {
    std::vector<StagedResidual> units;
    CausalConv1d down;
  };
  std::vector<CausalConv1d> ends_;  ///< first and last
  std::vector<Stage> stages_;
};

/// x [B, width, F] -> hidden [B, width, F * product of strides]: all but the decoder's last convolution, which is its
/// user's (place layers.<last_layer()>), where there is a use for it.
class StagedDecoder {
 public:
  /// Takes layers.<i> but the last at `scope`.
  StagedDecoder(const tensors::WeightScope& scope, const StagedVqVaeOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;
  int64_t last_layer() const;

 private:
  struct Stage {
    layers::ConvTranspose1d up;
    std::vector<StagedResidual> units;
  };
  CausalConv1d first_;
  std::vector<Stage> stages_;
};

}  // namespace cfo::codecs
