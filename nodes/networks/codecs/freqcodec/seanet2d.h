// SEANet over spectra: convolutions over frequency and time until one row is left (FunCodec's FreqCodec, Du et al.
// 2023; modelscope/FunCodec, funcodec/models/encoder/seanet_encoder.py and decoder/seanet_decoder.py, SEANetEncoder2d
// and SEANetDecoder2d).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "nodes/networks/codecs/freqcodec/normed_conv2d.h"
#include "nodes/networks/layers/basic/normed_conv.h"
#include "nodes/networks/layers/basic/recurrent.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

struct Seanet2dOptions {
  int64_t channels = 3;         ///< of the spectrum
  int64_t dimension = 128;      ///< of the latent
  int64_t filters = 32;         ///< channels after the first convolution; doubled at each stride
  std::vector<FrequencyTime> strides;  ///< in the encoder's order; the decoder runs them backwards
  int64_t kernel = 7;           ///< of the first convolution
  int64_t last_kernel = 7;
  int64_t residual_kernel = 3;
  int64_t residual_layers = 1;  ///< residual units a stage
  int64_t dilation_base = 2;    ///< unit j is dilated by dilation_base ^ j in time
  int64_t compress = 2;         ///< a residual unit's inner channels are 1 / compress of the outer
  int64_t group_ratio =
      0;  ///< r: a convolution of C channels (the fewer of in and out) has C / 2 / r groups; 0: one group
  int64_t transposed_group_ratio = 0;  ///< the same of the decoder's transposed convolutions, C their output
  int64_t lstm_layers = 0;             ///< at the latent's end, added to its input
  bool group_norm = true;              ///< GroupNorm of one group after every convolution
  int64_t kept_rows = 1;               ///< rows that the decoder's last transposed convolution makes beyond its stride
};

/// skip(x) + conv1(ELU(conv3(ELU(x)))); x [B, channels, rows, T].
class Seanet2dResidual {
 public:
  Seanet2dResidual(const tensors::WeightScope& scope, const Seanet2dOptions& options, int64_t channels,
                   int64_t dilation);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  NormedConv2d wide_;
  NormedConv2d narrow_;
  NormedConv2d skip_;
};

/// spectrum [B, channels, rows, T] -> latent [B, dimension, ceil(T / product of time strides)]. Tensors are
/// `model.<i>...` below `scope`. Throws Error where the strides leave more than one row.
class Seanet2dEncoder {
 public:
  Seanet2dEncoder(const tensors::WeightScope& scope, const Seanet2dOptions& options);
  at::Tensor operator()(const at::Tensor& spectrum) const;

 private:
  struct Stage {
    std::vector<Seanet2dResidual> units;
    NormedConv2d down;
  };
  std::optional<NormedConv2d> first_;
  std::vector<Stage> stages_;
  std::optional<layers::Lstm> lstm_;
  std::optional<layers::NormedConv1d> last_;
};

/// latent [B, dimension, F] -> spectrum [B, channels, product of frequency strides + kept_rows, F * product of time
/// strides].
class Seanet2dDecoder {
 public:
  Seanet2dDecoder(const tensors::WeightScope& scope, const Seanet2dOptions& options);
  at::Tensor operator()(const at::Tensor& latent) const;

 private:
  struct Stage {
    NormedConvTranspose2d up;
    std::vector<Seanet2dResidual> units;
  };
  std::optional<layers::NormedConv1d> first_;
  std::optional<layers::Lstm> lstm_;
  std::vector<Stage> stages_;
  std::optional<NormedConv2d> last_;
};

}  // namespace cfo::codecs
