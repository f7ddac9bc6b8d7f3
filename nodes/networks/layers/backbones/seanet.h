// SEANet encoder and decoder (Tagliasacchi et al. 2020; facebookresearch/encodec, modules/seanet.py), used by EnCodec
// and its kin (ZhangXInFD/SpeechTokenizer, modelscope/FunCodec).
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "nodes/networks/layers/basic/conv.h"
#include "nodes/networks/layers/basic/normed_conv.h"
#include "nodes/networks/layers/basic/recurrent.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::layers {

struct SeanetOptions {
  int64_t channels = 1;          ///< of the waveform
  int64_t dimension = 128;       ///< of the latent
  int64_t filters = 32;          ///< channels after the first convolution; doubled at each stride
  std::vector<int64_t> strides;  ///< in the encoder's order; the decoder runs them backwards
  int64_t kernel = 7;            ///< of the first convolution
  int64_t last_kernel = 7;
  int64_t residual_kernel = 3;
  int64_t residual_layers = 1;      ///< residual units a stage
  int64_t dilation_base = 2;        ///< unit j is dilated by dilation_base ^ j
  int64_t compress = 2;             ///< a residual unit's inner channels are 1 / compress of the outer
  bool convolved_skip = true;       ///< 1x1 convolution on the skip path (false: identity)
  int64_t lstm_layers = 2;          ///< 0: none
  bool lstm_bidirectional = false;  ///< the encoder's; its last convolution then takes both directions' channels
  bool group_norm = false;          ///< "time_group_norm": GroupNorm of one group after every convolution
  Padding padding = Padding::causal(PadMode::reflect);
  std::string conv = "conv.conv";               ///< where a convolution's tensors lie below model.<i>
  std::string transposed = "convtr.convtr";     ///< and a transposed one's
  std::string conv_norm = "conv.norm";          ///< where the norm after a convolution lies
  std::string transposed_norm = "convtr.norm";  ///< and after a transposed one
};

/// skip(x) + conv1(ELU(conv3(ELU(x)))); x [B, channels, T].
class SeanetResidual {
 public:
  SeanetResidual(const tensors::WeightScope& scope, const SeanetOptions& options, int64_t channels, int64_t dilation);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  NormedConv1d wide_;
  NormedConv1d narrow_;
  std::vector<NormedConv1d> skip_;  ///< one or none
};

/// wave [B, channels, T] -> latent [B, dimension, ceil(T / product of strides)]. Tensors are `model.<i>...` below
/// `scope`.
class SeanetEncoder {
 public:
  SeanetEncoder(const tensors::WeightScope& scope, const SeanetOptions& options);
  at::Tensor operator()(const at::Tensor& wave) const;

 private:
  struct Stage {
    std::vector<SeanetResidual> units;
    NormedConv1d down;
  };
  std::vector<NormedConv1d> ends_;  ///< first and last
  std::vector<Stage> stages_;
  std::vector<Lstm> lstm_;  ///< one or none
};

/// latent [B, dimension, F] -> wave [B, channels, F * product of strides].
class SeanetDecoder {
 public:
  SeanetDecoder(const tensors::WeightScope& scope, const SeanetOptions& options);
  at::Tensor operator()(const at::Tensor& latent) const;

 private:
  struct Stage {
    NormedConvTranspose1d up;
    std::vector<SeanetResidual> units;
  };
  std::vector<NormedConv1d> ends_;
  std::vector<Lstm> lstm_;
  std::vector<Stage> stages_;
};

}  // namespace cfo::layers
