// AudioDec (Wu et al. 2023, "AudioDec: an open-source streaming high-fidelity neural audio codec";
// facebookresearch/AudioDec, models/autoencoder/AudioDec.py and models/vocoder/HiFiGAN.py): encoder and residual vector
// quantizer of a causal autoencoder, and a causal HiFi-GAN with grouped convolutions as the decoder.
#include <ATen/ATen.h>

#include "base/error.h"
#include "nodes/networks/codecs/audiodec/stream.h"
#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/codecs/one_stream_codec.h"
#include "nodes/networks/layers/basic/conv.h"
#include "nodes/networks/layers/quantizers/residual_quantizer.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {
namespace {

using layers::Conv1d;
using tensors::WeightScope;
using Integers = std::vector<int64_t>;

/// x + conv1(ELU(dilated conv(ELU(x)))), without biases; x [B, channels, T].
class ResidualUnit {
 public:
  ResidualUnit(const WeightScope& scope, int64_t channels, int64_t kernel, int64_t dilation)
      : wide_(scope / "conv1.conv",
              {.in = channels, .out = channels, .kernel = kernel, .dilation = dilation, .bias = false}),
        narrow_(scope / "conv2", {.in = channels, .out = channels, .bias = false}) {}

  at::Tensor operator()(const at::Tensor& x, Stream& stream) const {
    auto inner = wide_(at::elu(x), stream);
    return narrow_(at::elu_(inner)).add_(x);
  }

 private:
  StreamConv1d wide_;
  Conv1d narrow_;
};

/// The autoencoder's encoder and projector.
class Encoder {
 public:
  Encoder(const WeightScope& scope, const Config& config) {
    const auto kernel = config.get<int64_t>("kernel"), first_channels = config.get<int64_t>("encode_channels");
    const auto dimension = config.get<int64_t>("code_dim"), last_kernel = config.get<int64_t>("projector_kernel");
    const auto strides = config.get<Integers>("enc_strides"), ratios = config.get<Integers>("enc_ratios");
    const auto dilations = config.get<Integers>("dilations");
    if (ratios.size() != strides.size()) throw Error("{}: enc_ratios needs one number a stride", config.where());
    int64_t channels = first_channels;
    ends_.emplace_back(scope / "encoder.conv.conv",
                       layers::Conv1dOptions{.out = channels, .kernel = kernel, .bias = false});
    for (std::size_t i = 0; i < strides.size(); ++i) {
      const auto place = scope / "encoder.conv_blocks" / static_cast<int64_t>(i);
      std::vector<ResidualUnit> units;
      for (std::size_t j = 0; j < dilations.size(); ++j) {
        units.emplace_back(place / "res_units" / static_cast<int64_t>(j), channels, kernel, dilations[j]);
      }
      const int64_t wider = first_channels * ratios[i];
      StreamConv1d down(place / "conv.conv",
                        {.in = channels, .out = wider, .kernel = 2 * strides[i], .stride = strides[i]});
      stages_.push_back({std::move(units), std::move(down)});
      channels = wider;
    }
    ends_.emplace_back(scope / "projector.project.conv",
                       layers::Conv1dOptions{.in = channels, .out = dimension, .kernel = last_kernel, .bias = false});
  }

  /// wave [B, 1, T] -> [B, code_dim, ceil(T / hop)].
  at::Tensor operator()(const at::Tensor& wave, Stream& stream) const {
    stream.rewind();
    auto x = ends_[0](wave, stream);
    for (const auto& stage : stages_) {
      for (const auto& unit : stage.units) x = unit(x, stream);
      x = stage.down(x, stream);
    }
    return ends_[1](x, stream);
  }

 private:
  struct Stage {
    std::vector<ResidualUnit> units;
    StreamConv1d down;
  };
  std::vector<StreamConv1d> ends_;  ///< first and projector
  std::vector<Stage> stages_;
};

/// The numbers of one MultiGroupConv1d.
struct FusionOptions {
  int64_t channels, groups, kernel;
  Integers dilations;
  double slope;  ///< of the leaky ReLUs
};

/// HiFi-GAN's parallel residual blocks as the groups of one (models/vocoder/modules/multi_fusion.py, MultiGroupConv1d);
/// x [B, channels, T] -> the same shape.
class GroupedFusion {
 public:
  GroupedFusion(const WeightScope& scope, const FusionOptions& options)
      : groups_(options.groups),
        slope_(options.slope),
        fuse_(scope / "conv_out", {.in = options.channels * groups_, .out = options.channels, .bias = false}) {
    const int64_t all = options.channels * groups_;
    for (std::size_t j = 0; j < options.dilations.size(); ++j) {
      const layers::Conv1dOptions plain = {.in = all, .out = all, .kernel = options.kernel, .groups = groups_};
      auto dilated = plain;
      dilated.dilation = options.dilations[j];
      const auto index = static_cast<int64_t>(j);
      pairs_.push_back({StreamConv1d(scope / "convs1" / index / "conv", dilated),
                        StreamConv1d(scope / "convs2" / index / "conv", plain)});
    }
  }

  at::Tensor operator()(const at::Tensor& x, Stream& stream) const {
    auto sum = x.repeat({1, groups_, 1});
    for (const auto& pair : pairs_) {
      auto inner = pair.first(at::leaky_relu(sum, slope_), stream);
      sum += pair.second(at::leaky_relu_(inner, slope_), stream);
    }
    return fuse_(sum);
  }

 private:
  struct Pair {
    StreamConv1d first, second;
  };
  int64_t groups_;
  double slope_;
  std::vector<Pair> pairs_;
  Conv1d fuse_;
};

class Vocoder {
 public:
  Vocoder(const WeightScope& scope, const Config& config)
      : slope_(config.get<double>("slope")),
        last_slope_(config.get<double>("last_slope")),
        mean_(scope.take("mean", {config.get<int64_t>("in_channels")}).unsqueeze(1)),
        scale_(scope.take("scale", {config.get<int64_t>("in_channels")}).unsqueeze(1)) {
    const auto kernel = config.get<int64_t>("kernel_size");
    const auto strides = config.get<Integers>("upsample_scales"),
               kernels = config.get<Integers>("upsample_kernel_sizes");
    if (kernels.size() != strides.size())
      throw Error("{}: upsample_kernel_sizes needs one number a scale", config.where());
    FusionOptions fusion = {config.get<int64_t>("channels"), config.get<int64_t>("groups"),
                            config.get<int64_t>("resblock_kernel_size"), config.get<Integers>("resblock_dilations"),
                            slope_};
    ends_.emplace_back(scope / "input_conv.conv",
                       layers::Conv1dOptions{.in = mean_.size(0), .out = fusion.channels, .kernel = kernel});
    for (std::size_t i = 0; i < strides.size(); ++i) {
      const auto index = static_cast<int64_t>(i);
      StreamConvTranspose1d up(
          scope / "upsamples" / index / "deconv",
          {.in = fusion.channels, .out = fusion.channels / 2, .kernel = kernels[i], .stride = strides[i]});
      fusion.channels /= 2;
      stages_.push_back({std::move(up), GroupedFusion(scope / "blocks" / index, fusion)});
    }
    ends_.emplace_back(scope / "output_conv.conv", layers::Conv1dOptions{.in = fusion.channels, .kernel = kernel});
  }

  /// [B, in_channels, F] -> wave [B, 1, F * hop] in [-1, 1].
  at::Tensor operator()(const at::Tensor& quantized, Stream& stream) const {
    stream.rewind();
    auto x = ends_[0]((quantized - mean_).div_(scale_), stream);
    for (const auto& stage : stages_) x = stage.fusion(stage.up(at::leaky_relu_(x, slope_), stream), stream);
    return ends_[1](at::leaky_relu_(x, last_slope_), stream).tanh_();
  }

 private:
  struct Stage {
    StreamConvTranspose1d up;
    GroupedFusion fusion;
  };
  double slope_, last_slope_;
  at::Tensor mean_, scale_;         ///< [in_channels, 1]
  std::vector<StreamConv1d> ends_;  ///< first and last
  std::vector<Stage> stages_;
};

/// The file holds the codebooks transposed.
layers::ResidualVq codebooks(const Card& card, const WeightScope& scope, int64_t dimension) {
  std::vector<layers::EuclideanCodebook> codebooks;
  for (int64_t i = 0; i < card.codebooks; ++i) {
    codebooks.emplace_back((scope / "layers" / i).take("embed", {dimension, card.codebook_size}).t().contiguous());
  }
  return layers::ResidualVq(std::move(codebooks));
}

class Audiodec final : public OneStreamCodec<layers::ResidualVq> {
 public:
  Audiodec(const Card& card, const WeightScope& weights, const Config& config)
      : OneStreamCodec(card, codebooks(card, weights / "autoencoder.quantizer.codebook",
                                       config.section("autoencoder").get<int64_t>("code_dim"))),
        trim_(config.get<bool>("trim")),
        encoder_(weights / "autoencoder", config.section("autoencoder")),
        vocoder_(weights / "vocoder", config.section("vocoder")) {
    const tensors::Inference inference;
    const auto priming = config.section("priming");
    prime_encoder(at::zeros({1, 1, priming.get<int64_t>("encoder")}, weights.device()));
    prime_vocoder(at::zeros({1, 1, priming.get<int64_t>("decoder")}, weights.device()));
  }

  Latent encode(const at::Tensor& wave) const override {
    const tensors::Inference inference;
    check_wave(card(), wave);
    auto stream = encoder_start_;
    return {encoder_(wave, stream), wave.size(2), {}};
  }

  bool is_convolutional() const override { return true; }

  at::Tensor synthesize(const Latent& quantized) const override {
    const tensors::Inference inference;
    auto stream = vocoder_start_;
    auto wave = vocoder_(quantized.values, stream);
    return trim_ ? wave.narrow(2, 0, std::min(quantized.samples, wave.size(2))) : wave;
  }

 private:
  /// The state of an encoder that has heard `wave` (bin/stream.py, load_transmitter); no samples: a new one's.
  void prime_encoder(const at::Tensor& wave) {
    if (wave.numel() > 0) encoder_(wave, encoder_start_);
  }

  /// The state of a decoder that has decoded what a new encoder makes of `wave` (bin/stream.py, load_receiver).
  void prime_vocoder(const at::Tensor& wave) {
    if (wave.numel() == 0) return;
    Stream fresh;
    vocoder_(quantizer().decode(quantizer().encode(encoder_(wave, fresh))), vocoder_start_);
  }

  bool trim_;
  Encoder encoder_;
  Vocoder vocoder_;
  Stream encoder_start_, vocoder_start_;
};

/// Latent [B, code_dim, ceil(T / card.hop)]; one stream of card.codebooks codes a frame; audio in [-1, 1], with `trim`
/// cut to the input's length. Every utterance begins in the state that config.priming says: with what the encoder, and
/// the decoder, have heard before. Tensor names are those of the two checkpoints below `autoencoder` and `vocoder`.
/// Throws Error for a missing or misshapen tensor or config key.
std::unique_ptr<Codec> make_audiodec(const Card& card, const WeightScope& weights) {
  return std::make_unique<Audiodec>(card, weights, Config(card));
}

}  // namespace

std::vector<Family> audiodec_families() { return {{"audiodec", make_audiodec}}; }

}  // namespace cfo::codecs
