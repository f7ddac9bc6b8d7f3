// The encoder and decoder of the Descript Audio Codec (Kumar et al. 2023; descriptinc/descript-audio-codec,
// dac/model/dac.py) and of SNAC, which has depthwise convolutions, noise and attention besides (Siuzdak et al. 2024;
// hubertsiuzdak/snac, snac/layers.py), and of BigCodec and FACodec, with anti-aliased activations and LSTMs
// (Aria-K-Alethia/BigCodec, vq/codec_encoder.py and codec_decoder.py).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "nodes/networks/layers/attention/local_attention.h"
#include "nodes/networks/layers/basic/anti_aliased.h"
#include "nodes/networks/layers/basic/conv.h"
#include "nodes/networks/layers/basic/recurrent.h"
#include "nodes/networks/layers/basic/snake.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::layers {

struct DacOptions {
  int64_t width = 64;  ///< channels after the first convolution; doubled (encoder) or halved (decoder) at each stride
  int64_t latent = 1024;
  std::vector<int64_t> strides;  ///< in the order of this half
  std::vector<int64_t> dilations = {1, 3, 9};
  bool depthwise =
      false;  ///< SNAC: a channel at a time in the residual units and at the latent's end, and no activation there
  bool noise = false;             ///< SNAC: noise of learned loudness after each upsampling
  bool whole_upsampling = false;  ///< SNAC: an odd stride too makes stride times as many samples (DAC's gives one less)
  bool bounded = true;            ///< tanh at the decoder's end (false: X-Codec)
  int64_t attention_window = 0;   ///< frames; 0: no attention
  bool anti_aliased = false;      ///< BigCodec, FACodec: BigVGAN's activation instead of Snake
  int64_t lstm_layers = 0;        ///< BigCodec: at the latent's end, added to its input
};

/// Samples at each end of a convolution of kernel 2 * stride.
inline int64_t dac_padding(int64_t stride) { return (stride + 1) / 2; }

/// One of the two activations.
class DacActivation {
 public:
  DacActivation(const tensors::WeightScope& scope, int64_t channels, const DacOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  std::variant<Snake, AntiAliasedSnake> activation_;
};

/// x + conv1(activation(conv7(activation(x)))); x [B, channels, T].
class DacResidual {
 public:
  DacResidual(const tensors::WeightScope& scope, int64_t channels, int64_t dilation, const DacOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;
  /// The same weights without padding: the result, and the x that is added, lose kernel / 2 * dilation samples at each
  /// end.
  DacResidual unpadded() const;

 private:
  DacActivation activation1_;
  Conv1d wide_;
  DacActivation activation2_;
  Conv1d narrow_;
};

/// wave [B, 1, T], T a multiple of the hop -> [B, latent, T / hop]. Tensors are `block.<i>...` below `scope`.
class DacEncoder {
 public:
  DacEncoder(const tensors::WeightScope& scope, const DacOptions& options);
  at::Tensor operator()(const at::Tensor& wave) const;
  /// The same weights without padding anywhere, for chunks of a longer wave: the frames that depend on nothing outside
  /// the chunk.
  DacEncoder unpadded() const;

 private:
  struct Stage {
    std::vector<DacResidual> units;
    DacActivation activation;
    Conv1d down;
  };
  std::vector<Conv1d> ends_;  ///< first and last
  std::vector<Stage> stages_;
  std::optional<Lstm> lstm_;
  std::optional<LocalAttention> attention_;
  std::optional<DacActivation> last_activation_;
};

/// Standard normal numbers [B, 1, T] for stage i of a decoder that adds noise; `like` is that stage's tensor [B, C, T].
using NoiseSource = std::function<at::Tensor(int64_t stage, const at::Tensor& like)>;

/// latent [B, latent, F] -> wave [B, 1, F * hop] (less where whole_upsampling is false and a stride is odd), in [-1, 1]
/// where it is bounded. Tensors are `model.<i>...` below `scope`.
class DacDecoder {
 public:
  DacDecoder(const tensors::WeightScope& scope, const DacOptions& options);
  /// `noise` is asked only where the options have noise.
  at::Tensor operator()(const at::Tensor& latent, const NoiseSource& noise = {}) const;
  /// As DacEncoder::unpadded.
  DacDecoder unpadded() const;

 private:
  struct Stage {
    DacActivation activation;
    ConvTranspose1d up;
    std::optional<Conv1d> loudness;
    std::vector<DacResidual> units;
  };
  std::vector<Conv1d> head_;  ///< one, or a depthwise and a pointwise one
  std::optional<Lstm> lstm_;
  std::optional<LocalAttention> attention_;
  std::vector<Stage> stages_;
  std::optional<DacActivation> last_activation_;
  std::optional<Conv1d> last_;
  bool bounded_;
};

}  // namespace cfo::layers
