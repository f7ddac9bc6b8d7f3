// SQ-Codec (Yang et al. 2024, "SimpleSpeech"; yangdongchao/SimpleSpeech, ldm/models/scalar16k.py): a causal
// convolutional encoder and decoder around a scalar quantizer, without codebooks.
#include <ATen/ATen.h>

#include <optional>

#include "base/error.h"
#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/codecs/one_stream_codec.h"
#include "nodes/networks/codecs/sqcodec/scalar_quantizer.h"
#include "nodes/networks/layers/basic/conv.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {
namespace {

using layers::Conv1d;
using layers::ConvTranspose1d;
using layers::Padding;
using layers::PadMode;
using tensors::WeightScope;

/// At stride 1 EnCodec's causal rule is the plain one: every sample before the present one that the kernel sees is on
/// the left.
constexpr Padding causal = Padding::causal(PadMode::zero);

struct Numbers {
  Numbers(const Card& card, const Config& config)
      : dimension(card.codebooks),
        channels(config.get<int64_t>("init_channel")),
        kernel(config.get<int64_t>("default_kernel_size")),
        residual_kernel(config.get<int64_t>("res_kernel_size")),
        delay_kernel(config.get<int64_t>("delay_kernel_size")),
        pool(config.get<int64_t>("num_samples")),
        steps(config.get<int64_t>("steps")),
        down_strides(config.get<std::vector<int64_t>>("downsample_factors")),
        down_kernels(config.get<std::vector<int64_t>>("downsample_kernel_sizes")),
        up_strides(config.get<std::vector<int64_t>>("upsample_factors")),
        up_kernels(config.get<std::vector<int64_t>>("upsample_kernel_sizes")),
        dilations(config.get<std::vector<int64_t>>("dilations")) {
    if (down_strides.size() != down_kernels.size() || up_strides.size() != up_kernels.size()) {
      throw Error("{}: downsample_kernel_sizes and upsample_kernel_sizes need one number a factor", config.where());
    }
    if (pool < 1) throw Error("{}: num_samples must be at least 1 but is {}", config.where(), pool);
    if (card.codebook_size != 2 * steps + 1) {
      throw Error("{}: {} steps make {} codes, but the card's codebook_size is {}", config.where(), steps,
                  2 * steps + 1, card.codebook_size);
    }
  }

  int64_t dimension, channels, kernel, residual_kernel, delay_kernel, pool, steps;
  std::vector<int64_t> down_strides, down_kernels;  ///< in the encoder's order
  std::vector<int64_t> up_strides, up_kernels;      ///< in the decoder's order
  std::vector<int64_t> dilations;                   ///< of a stage's residual units
};

/// PReLU of one slope for all channels; works on its argument.
class Prelu {
 public:
  explicit Prelu(const WeightScope& scope) : slope_(scope.take("weight", {1}).item<double>()) {}
  at::Tensor operator()(at::Tensor x) const { return at::leaky_relu_(x, slope_); }

 private:
  double slope_;
};

/// PReLU(conv), causal and of stride 1.
class ActiveConv {
 public:
  ActiveConv(const WeightScope& conv, const WeightScope& activation, int64_t channels, int64_t kernel,
             int64_t dilation = 1)
      : conv_(conv, {.in = channels, .out = channels, .kernel = kernel, .dilation = dilation, .padding = causal}),
        activation_(activation) {}
  at::Tensor operator()(const at::Tensor& x) const { return activation_(conv_(x)); }

 private:
  Conv1d conv_;
  Prelu activation_;
};

/// x + PReLU(1x1 conv(PReLU(dilated conv(x)))); x [B, channels, T].
class Residual {
 public:
  Residual(const WeightScope& scope, int64_t channels, int64_t kernel, int64_t dilation)
      : wide_(scope / "conv1", scope / "activation1", channels, kernel, dilation),
        narrow_(scope / "conv2", scope / "activation2", channels, 1) {}
  at::Tensor operator()(const at::Tensor& x) const { return narrow_(wide_(x)).add_(x); }

 private:
  ActiveConv wide_, narrow_;
};

std::vector<Residual> residuals(const WeightScope& scope, const Numbers& numbers, int64_t channels) {
  std::vector<Residual> units;
  for (std::size_t j = 0; j < numbers.dilations.size(); ++j) {
    units.emplace_back(scope / static_cast<int64_t>(j), channels, numbers.residual_kernel, numbers.dilations[j]);
  }
  return units;
}

/// PReLU(strided conv): [B, channels, T] -> [B, 2 channels, ceil(T / stride)], with all of kernel - 1 zeros on the left
/// (EnCodec's rule has kernel - stride).
class Down {
 public:
  Down(const WeightScope& scope, int64_t channels, int64_t kernel, int64_t stride)
      : history_(kernel - 1),
        conv_(scope / "layer", {.in = channels, .out = 2 * channels, .kernel = kernel, .stride = stride}),
        activation_(scope / "activation") {}
  at::Tensor operator()(const at::Tensor& x) const {
    return activation_(conv_(layers::pad(x, history_, 0, PadMode::zero)));
  }

 private:
  int64_t history_;
  Conv1d conv_;
  Prelu activation_;
};

class Encoder {
 public:
  Encoder(const WeightScope& scope, const Numbers& numbers) : pool_(numbers.pool) {
    int64_t channels = numbers.channels, place = 0;
    ends_.emplace_back(scope / place++,
                       layers::Conv1dOptions{.out = channels, .kernel = numbers.kernel, .padding = causal});
    if (pool_ > 1) {
      pooled_.emplace(scope / place / "conv", scope / place / "activation", channels, numbers.kernel);
      ++place;
    }
    for (std::size_t i = 0; i < numbers.down_strides.size(); ++i, ++place) {
      stages_.push_back(
          {residuals(scope / place / "convs", numbers, channels),
           Down(scope / place / "down_conv", channels, numbers.down_kernels[i], numbers.down_strides[i])});
      channels *= 2;
    }
    ends_.emplace_back(
        scope / place,
        layers::Conv1dOptions{.in = channels, .out = numbers.dimension, .kernel = numbers.kernel, .padding = causal});
  }

  /// wave [B, 1, T] -> [B, dimension, F] in [-1, 1].
  at::Tensor operator()(const at::Tensor& wave) const {
    auto x = ends_[0](wave);
    if (pooled_) x = at::avg_pool1d((*pooled_)(x), pool_);
    for (const auto& stage : stages_) {
      for (const auto& unit : stage.units) x = unit(x);
      x = stage.down(x);
    }
    return ends_[1](x).tanh_();
  }

 private:
  struct Stage {
    std::vector<Residual> units;
    Down down;
  };
  int64_t pool_;
  std::vector<Conv1d> ends_;  ///< first and last
  std::optional<ActiveConv> pooled_;
  std::vector<Stage> stages_;
};

class Decoder {
 public:
  Decoder(const WeightScope& scope, const Numbers& numbers) : pool_(numbers.pool) {
    int64_t channels = numbers.channels << numbers.up_strides.size(), place = 0;
    // The only look-ahead of the codec.
    ends_.emplace_back(scope / place++,
                       layers::Conv1dOptions{.in = numbers.dimension,
                                             .out = channels,
                                             .kernel = numbers.delay_kernel,
                                             .padding = Padding::fixed((numbers.delay_kernel - 1) / 2)});
    for (std::size_t i = 0; i < numbers.up_strides.size(); ++i, ++place) {
      ConvTranspose1d up(scope / place / "up_conv.layer", {.in = channels,
                                                           .out = channels / 2,
                                                           .kernel = numbers.up_kernels[i],
                                                           .stride = numbers.up_strides[i],
                                                           .padding = causal});
      channels /= 2;
      stages_.push_back({std::move(up), residuals(scope / place / "convs", numbers, channels)});
    }
    if (pool_ > 1) {
      repeated_.emplace(scope / place / "conv", scope / place / "activation", channels, numbers.kernel);
      ++place;
    }
    ends_.emplace_back(scope / place,
                       layers::Conv1dOptions{.in = channels, .kernel = numbers.kernel, .padding = causal});
  }

  /// [B, dimension, F] -> wave [B, 1, F * hop], not bounded.
  at::Tensor operator()(const at::Tensor& quantized) const {
    auto x = ends_[0](quantized);
    for (const auto& stage : stages_) {
      x = stage.up(x);
      for (const auto& unit : stage.units) x = unit(x);
    }
    if (repeated_) x = (*repeated_)(x.repeat_interleave(pool_, 2));
    return ends_[1](x);
  }

 private:
  struct Stage {
    ConvTranspose1d up;
    std::vector<Residual> units;
  };
  int64_t pool_;
  std::vector<Conv1d> ends_;  ///< first and last
  std::vector<Stage> stages_;
  std::optional<ActiveConv> repeated_;
};

class Sqcodec final : public OneStreamCodec<ScalarQuantizer> {
 public:
  Sqcodec(const Card& card, const WeightScope& weights)
      : Sqcodec(card, weights / "codec_model", Numbers(card, Config(card))) {}

  Latent encode(const at::Tensor& wave) const override {
    const tensors::Inference inference;
    check_wave(card(), wave, shortest_);
    return {encoder_(wave), wave.size(2), {}};
  }

  bool is_convolutional() const override { return true; }

  at::Tensor synthesize(const Latent& quantized) const override {
    const tensors::Inference inference;
    return decoder_(quantized.values);
  }

 private:
  Sqcodec(const Card& card, const WeightScope& scope, const Numbers& numbers)
      : OneStreamCodec(card, ScalarQuantizer(numbers.steps)),
        shortest_(numbers.pool),
        encoder_(scope / "encoder", numbers),
        decoder_(scope / "decoder", numbers) {}

  int64_t shortest_;
  Encoder encoder_;
  Decoder decoder_;
};

/// Latent [B, card.codebooks, F] in [-1, 1], F = ceil(floor(T / num_samples) / product of strides); one stream of
/// card.codebooks codes a frame, which are the signed integers -steps .. steps; audio of F * card.hop samples, not
/// trimmed. Takes T >= num_samples samples. Tensor names are those of ckpt_*.pth below `codec_model`. Throws Error for
/// a missing or misshapen tensor or config key.
std::unique_ptr<Codec> make_sqcodec(const Card& card, const WeightScope& weights) {
  return std::make_unique<Sqcodec>(card, weights);
}

}  // namespace

std::vector<Family> sqcodec_families() { return {{"sqcodec", make_sqcodec}}; }

}  // namespace cfo::codecs
