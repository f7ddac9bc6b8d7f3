// ECAPA-TDNN: one vector that says who speaks.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nodes/networks/layers/basic/conv.h"
#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

struct EcapaOptions {
  int64_t bands = 80;  ///< of the mel
  int64_t out = 192;
  std::vector<int64_t> channels;   ///< after the first convolution, after each SE-Res2Net block (the same number) and
                                   ///< after their aggregation
  std::vector<int64_t> kernels;    ///< likewise, odd
  std::vector<int64_t> dilations;  ///< likewise
  int64_t attention = 128;         ///< channels inside the pooling's attention
  int64_t scale = 8;               ///< parts of a Res2Net block
  int64_t squeezed = 128;          ///< channels inside a squeeze-excitation
};

/// ReLU of a convolution that keeps the length, mirrored at the ends.
class Tdnn {
 public:
  /// Takes conv.conv at `scope`.
  Tdnn(const tensors::WeightScope& scope, const layers::Conv1dOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  layers::Conv1d conv_;
};

/// Convolutions around a Res2Net (each part of the channels sees what the part before it became), scaled a channel by
/// what the whole utterance says of it, and added to the input; x [B, channels, T].
class SeRes2Net {
 public:
  SeRes2Net(const tensors::WeightScope& scope, std::size_t block, const EcapaOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  at::Tensor multi_scale(const at::Tensor& x) const;
  Tdnn first_, second_;
  std::vector<Tdnn> parts_;
  layers::Linear squeeze_, excite_;
};

/// Mean and deviation over time by learnt weights a channel and frame; x [B, channels, T] -> [B, 2 channels].
class AttentivePooling {
 public:
  AttentivePooling(const tensors::WeightScope& scope, int64_t channels, int64_t inner);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  Tdnn hidden_;
  layers::Conv1d weights_;
};

/// mel [B, bands, T] -> [B, out], without batch norms (Desplanques et al. 2020, "ECAPA-TDNN"; speechbrain's, as
/// hhguo/SoCodec builds it, socodec/networks/common/ecapa_tdnn.py). T must exceed each convolution's reach, (kernel -
/// 1) / 2 * dilation, by one frame at least.
class EcapaTdnn {
 public:
  /// Takes blocks.<i>, mfa, asp and fc at `scope`. Throws Error where the lists differ in length or no block is left.
  EcapaTdnn(const tensors::WeightScope& scope, const EcapaOptions& options);
  at::Tensor operator()(const at::Tensor& mel) const;

 private:
  Tdnn first_;
  std::vector<SeRes2Net> blocks_;
  Tdnn aggregate_;
  AttentivePooling pooling_;
  layers::Linear out_;
};

}  // namespace cfo::codecs
