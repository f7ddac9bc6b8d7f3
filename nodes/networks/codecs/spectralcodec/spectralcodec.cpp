#include "nodes/networks/codecs/spectralcodec/spectralcodec.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "base/error.h"
#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/codecs/one_stream_codec.h"
#include "nodes/networks/codecs/spectralcodec/finite_scalar_quantizer.h"
#include "nodes/networks/layers/basic/conv.h"

namespace cfo::codecs {
namespace {

using layers::Conv1d;
using layers::ConvTranspose1d;
using layers::Padding;
using layers::PadMode;
using tensors::WeightScope;

constexpr double slope = 0.01;  // CodecActivation "lrelu" is torch's LeakyReLU as it comes

/// Samples mirrored at both ends of a convolution that keeps the length.
int64_t mirrored(int64_t kernel, int64_t dilation = 1) { return (kernel - 1) / 2 * dilation; }

/// Conv1dNorm of the official code.
Conv1d mirrored_conv(const WeightScope& scope, int64_t in, int64_t out, int64_t kernel, int64_t dilation = 1) {
  return Conv1d(scope / "conv", {.in = in,
                                 .out = out,
                                 .kernel = kernel,
                                 .dilation = dilation,
                                 .padding = Padding::fixed(mirrored(kernel, dilation), PadMode::reflect)});
}

/// x + conv(leaky(dilated conv(leaky(x)))); x [B, channels, T].
class Residual {
 public:
  Residual(const WeightScope& scope, int64_t channels, int64_t inner, int64_t kernel, int64_t dilation = 1)
      : input_(mirrored_conv(scope / "input_conv", channels, inner, kernel, dilation)),
        skip_(mirrored_conv(scope / "skip_conv", inner, channels, kernel)) {}
  at::Tensor operator()(const at::Tensor& x) const {
    auto hidden = input_(at::leaky_relu(x, slope));
    return skip_(at::leaky_relu_(hidden, slope)).add_(x);
  }

 private:
  Conv1d input_, skip_;
};

struct EncoderNumbers {
  explicit EncoderNumbers(const Config& config)
      : out(config.get<int64_t>("out_channels")),
        hidden(config.get<int64_t>("hidden_channels")),
        filters(config.get<int64_t>("filters")),
        layers(config.get<int64_t>("num_layers")),
        kernel(config.get<int64_t>("kernel_size")) {}
  int64_t out, hidden, filters, layers, kernel;
};

/// Mel bands [first, first + count) of every frame -> [B, out_channels, F].
class BandEncoder {
 public:
  BandEncoder(const WeightScope& scope, const EncoderNumbers& numbers, int64_t first, int64_t count)
      : first_(first),
        count_(count),
        pre_(mirrored_conv(scope / "pre_conv", count, numbers.hidden, numbers.kernel)),
        post_(mirrored_conv(scope / "post_conv", numbers.hidden, numbers.out, numbers.kernel)) {
    for (int64_t i = 0; i < numbers.layers; ++i) {
      residuals_.emplace_back(scope / "res_layers" / i, numbers.hidden, numbers.filters, numbers.kernel);
    }
  }

  at::Tensor operator()(const at::Tensor& mel) const {
    auto x = pre_(mel.narrow(1, first_, count_));
    for (const auto& residual : residuals_) x = residual(x);
    return post_(at::leaky_relu_(x, slope));
  }

 private:
  int64_t first_, count_;
  Conv1d pre_, post_;
  std::vector<Residual> residuals_;
};

/// MultiBandMelEncoder's networks, one a band, or FullBandMelEncoder's.
std::vector<BandEncoder> band_encoders(const WeightScope& scope, const Config& config, int64_t mel_bands) {
  std::vector<BandEncoder> encoders;
  if (config.has("encoder")) {
    encoders.emplace_back(scope / "encoder", EncoderNumbers(config.section("encoder")), 0, mel_bands);
    return encoders;
  }
  int64_t index = 0;
  for (const auto& band : config.get<std::vector<std::vector<int64_t>>>("mel_bands")) {
    if (band.size() != 2 || band[0] < 0 || band[0] >= band[1] || band[1] > mel_bands) {
      throw Error("{}: each of mel_bands is [first, end) within the {} bands of the mel spectrum", config.where(),
                  mel_bands);
    }
    encoders.emplace_back(scope / "encoders" / index++, EncoderNumbers(config), band[0], band[1] - band[0]);
  }
  if (encoders.empty()) throw Error("{}: mel_bands is empty", config.where());
  return encoders;
}

struct DecoderNumbers {
  explicit DecoderNumbers(const Config& config)
      : channels(config.get<int64_t>("base_channels")),
        in_kernel(config.get<int64_t>("in_kernel_size")),
        out_kernel(config.get<int64_t>("out_kernel_size")),
        rates(config.get<std::vector<int64_t>>("up_sample_rates")),
        kernels(config.get<std::vector<int64_t>>("resblock_kernel_sizes")),
        dilations(config.get<std::vector<int64_t>>("resblock_dilation_sizes")) {
    if (rates.empty() || kernels.empty() || dilations.empty()) {
      throw Error("{}: up_sample_rates, resblock_kernel_sizes and resblock_dilation_sizes need a number each",
                  config.where());
    }
  }

  /// Frames below which a convolution would mirror more than there is.
  int64_t shortest() const {
    const int64_t widest = mirrored(*std::max_element(kernels.begin(), kernels.end()),
                                    *std::max_element(dilations.begin(), dilations.end()));
    return std::max(mirrored(in_kernel), widest / rates.front()) + 1;
  }

  int64_t channels, in_kernel, out_kernel;
  std::vector<int64_t> rates, kernels, dilations;
};

/// HiFiGANDecoder: HiFi-GAN's generator with mirrored ends, of any channels: [B, latent, F] -> wave [B, 1, F * hop] in
/// [-1, 1].
class Decoder {
 public:
  Decoder(const WeightScope& scope, const DecoderNumbers& numbers, int64_t latent)
      : pre_(mirrored_conv(scope / "pre_conv", latent, numbers.channels, numbers.in_kernel)),
        post_(mirrored_conv(scope / "post_conv", numbers.channels >> numbers.rates.size(), 1, numbers.out_kernel)) {
    int64_t channels = numbers.channels;
    for (std::size_t s = 0; s < numbers.rates.size(); ++s, channels /= 2) {
      const auto index = static_cast<int64_t>(s);
      const int64_t rate = numbers.rates[s];
      stages_.push_back({ConvTranspose1d(scope / "up_sample_conv_layers" / index / "conv",
                                         {.in = channels,
                                          .out = channels / 2,
                                          .kernel = 2 * rate,
                                          .stride = rate,
                                          .output_padding = rate % 2,
                                          .padding = Padding::fixed((rate + 1) / 2)}),
                         {}});
      for (std::size_t k = 0; k < numbers.kernels.size(); ++k) {
        stages_.back().branches.push_back(
            branch(scope / "res_layers" / index / "res_blocks" / static_cast<int64_t>(k) / "res_blocks", channels / 2,
                   numbers.kernels[k], numbers.dilations));
      }
    }
  }

  at::Tensor operator()(const at::Tensor& latent) const {
    auto x = pre_(latent);
    for (const auto& stage : stages_) {
      x = stage.up(at::leaky_relu_(x, slope));
      auto sum = run(stage.branches.front(), x);
      for (std::size_t i = 1; i < stage.branches.size(); ++i) sum += run(stage.branches[i], x);
      x = sum.div_(static_cast<double>(stage.branches.size()));
    }
    return post_(at::leaky_relu_(x, slope)).tanh_();
  }

 private:
  using Branch = std::vector<Residual>;
  struct Stage {
    ConvTranspose1d up;
    std::vector<Branch> branches;  ///< averaged
  };

  static Branch branch(const WeightScope& scope, int64_t channels, int64_t kernel,
                       const std::vector<int64_t>& dilations) {
    Branch made;
    for (std::size_t i = 0; i < dilations.size(); ++i) {
      made.emplace_back(scope / static_cast<int64_t>(i), channels, channels, kernel, dilations[i]);
    }
    return made;
  }

  static at::Tensor run(const Branch& branch, const at::Tensor& x) {
    auto y = x;
    for (const auto& residual : branch) y = residual(y);
    return y;
  }

  Conv1d pre_, post_;
  std::vector<Stage> stages_;
};

/// The quantizer of `config`, of the card's codebooks.
FiniteScalarQuantizer scalar_levels(const Card& card, const Config& config) {
  const auto groups = config.get<int64_t>("num_groups");
  FiniteScalarQuantizer made(groups, config.get<std::vector<int64_t>>("num_levels_per_group"),
                             config.get<double>("eps"));
  if (groups != card.codebooks || made.size() != card.codebook_size) {
    throw Error("{}: {} groups of {} codes, but the card's codebooks and codebook_size are {} and {}", config.where(),
                groups, made.size(), card.codebooks, card.codebook_size);
  }
  return made;
}

int64_t latent_channels(const Config& quantizer) {
  const auto levels = quantizer.get<std::vector<int64_t>>("num_levels_per_group");
  return quantizer.get<int64_t>("num_groups") * static_cast<int64_t>(levels.size());
}

/// Frames that the mirrored ends of mel spectrum and convolutions need.
int64_t shortest_frames(const Config& config, const layers::MelOptions& mel) {
  const auto encoder = config.section("audio_encoder");
  const EncoderNumbers numbers(encoder.has("encoder") ? encoder.section("encoder") : encoder);
  const int64_t margin = (mel.n_fft - mel.hop) / 2;
  return std::max(
      {DecoderNumbers(config.section("audio_decoder")).shortest(), margin / mel.hop + 1, mirrored(numbers.kernel) + 1});
}

class SpectralCodec final : public OneStreamCodec<FiniteScalarQuantizer> {
 public:
  SpectralCodec(const Card& card, const WeightScope& weights) : SpectralCodec(card, weights, Config(card)) {}

  Latent encode(const at::Tensor& wave) const override {
    const tensors::Inference inference;
    check_wave(card(), wave, (shortest_ - 1) * card().hop + 1);
    const int64_t surplus = wave.size(2) % card().hop;
    const auto mel = mel_(surplus == 0 ? wave : at::constant_pad_nd(wave, {0, card().hop - surplus}, 0));
    std::vector<at::Tensor> bands;
    for (const auto& encoder : encoders_) bands.push_back(encoder(mel));
    return {bands.size() == 1 ? bands.front() : at::cat(bands, 1), wave.size(2), {}};
  }

  bool is_convolutional() const override { return true; }

  at::Tensor synthesize(const Latent& quantized) const override {
    const tensors::Inference inference;
    const int64_t frames = quantized.values.size(2);
    if (frames < shortest_)
      throw Error("codec '{}': {} frames are too few to decode; give at least {}", card().name, frames, shortest_);
    return decoder_(quantized.values);
  }

 private:
  SpectralCodec(const Card& card, const WeightScope& weights, const Config& config)
      : OneStreamCodec(card, scalar_levels(card, config.section("vector_quantizer"))),
        mel_(weights / "audio_encoder.mel_processor.preprocessor.featurizer", spectralcodec_mel(card)),
        encoders_(
            band_encoders(weights / "audio_encoder", config.section("audio_encoder"), spectralcodec_mel(card).bands)),
        decoder_(weights / "audio_decoder", DecoderNumbers(config.section("audio_decoder")),
                 latent_channels(config.section("vector_quantizer"))),
        shortest_(shortest_frames(config, spectralcodec_mel(card))) {}

  layers::LogOneMel mel_;
  std::vector<BandEncoder> encoders_;
  Decoder decoder_;
  int64_t shortest_;  ///< frames
};

}  // namespace

layers::MelOptions spectralcodec_mel(const Card& card) {
  const auto config = Config(card).section("audio_encoder").section("mel_processor");
  const auto window = config.get<int64_t>("win_length"), bands = config.get<int64_t>("mel_dim");
  return {.sample_rate = card.sample_rate,
          .n_fft = window,
          .hop = card.hop,
          .window = window,
          .bands = bands,
          .kept = bands,
          .lowest = 0,
          .highest = static_cast<double>(card.sample_rate) / 2};
}

std::unique_ptr<Codec> make_spectralcodec(const Card& card, const WeightScope& weights) {
  return std::make_unique<SpectralCodec>(card, weights);
}

std::vector<Family> spectralcodec_families() { return {{"spectralcodec", make_spectralcodec}}; }

}  // namespace cfo::codecs
