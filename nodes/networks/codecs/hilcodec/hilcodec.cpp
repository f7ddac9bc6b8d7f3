#include "nodes/networks/codecs/hilcodec/hilcodec.h"

#include <cmath>
#include <ranges>

#include "base/error.h"
#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/codecs/hilcodec/dft_kernel.h"
#include "nodes/networks/codecs/one_stream_codec.h"
#include "nodes/networks/layers/basic/conv.h"

namespace cfo::codecs {
namespace {

using layers::Conv1d;
using layers::Conv1dOptions;
using layers::ConvTranspose1d;
using layers::Padding;
using layers::PadMode;
using tensors::WeightScope;

constexpr Padding causal = Padding::causal(PadMode::zero);

/// ELU(factor * x) in one pass: scale covers the positive half, and alpha takes it back out of the negative one.
at::Tensor scaled_elu(const at::Tensor& x, double factor) { return at::elu(x, 1 / factor, factor, factor); }

/// Standard deviation after `branches` residual branches of variance res_scale^2 each, inverted (paper section III-B).
double variance_scale(int64_t branches, double res_scale) {
  return 1 / std::sqrt(1 + static_cast<double>(branches) * res_scale * res_scale);
}

Conv1d pointwise(const WeightScope& scope, int64_t in, int64_t out, bool bias) {
  return Conv1d(scope / "conv.conv", {.in = in, .out = out, .bias = bias, .padding = causal});
}

Conv1d depthwise(const WeightScope& scope, int64_t channels, int64_t kernel, int64_t stride, bool bias) {
  return Conv1d(scope / "conv.conv", {.in = channels,
                                      .out = channels,
                                      .kernel = kernel,
                                      .stride = stride,
                                      .groups = channels,
                                      .bias = bias,
                                      .padding = causal});
}

double scalar(const WeightScope& scope, std::string_view name) { return scope.take(name, {1}).item<double>(); }

/// x + scale * (depthwise(pointwise(ELU(.))) twice)(pre_scale * x).
class Residual {
 public:
  Residual(const WeightScope& scope, int64_t channels, int64_t kernel, double pre_scale, double res_scale)
      : pre_scale_(pre_scale),
        first_pointwise_(pointwise(scope / "block.1", channels, channels, false)),
        first_depthwise_(depthwise(scope / "block.2", channels, kernel, 1, true)),
        second_pointwise_(pointwise(scope / "block.4", channels, channels, false)),
        second_depthwise_(depthwise(scope / "block.5", channels, kernel, 1, true)
                              .scaled(res_scale * scalar(scope, "res_scale_param"))) {}

  at::Tensor operator()(const at::Tensor& x) const {
    auto hidden = first_depthwise_(first_pointwise_(scaled_elu(x, pre_scale_)));
    auto result = second_depthwise_(second_pointwise_(at::elu_(hidden)));
    return result += x;
  }

 private:
  double pre_scale_;
  Conv1d first_pointwise_, first_depthwise_, second_pointwise_, second_depthwise_;
};

struct SpectrumNumbers {
  int64_t n_fft, hop, channels;
  double mean, deviation, res_scale;
};

/// The waveform's normalised log spectrum, projected to a stage's channels: [B, 1, T] -> [B, channels, T / hop].
class SpectrumBranch {
 public:
  SpectrumBranch(const WeightScope& scope, const SpectrumNumbers& numbers)
      : dft_(kernel(scope, numbers.n_fft), {},
             {.out = numbers.n_fft + 2, .kernel = numbers.n_fft, .stride = numbers.hop}),
        n_fft_(numbers.n_fft),
        project_(projection(scope, numbers)) {}

  at::Tensor operator()(const at::Tensor& wave) const {
    const auto parts = dft_(layers::pad(wave, n_fft_ - 1, 0, PadMode::zero)).square_().chunk(2, 1);
    constexpr double least_power = 1e-10;  // the official floor: 1e-12 on the power, then 1e-5 on the magnitude
    auto log_magnitude = (parts[0] + parts[1]).clamp_min_(least_power).log_().mul_(0.5);
    return project_(log_magnitude);
  }

 private:
  static at::Tensor kernel(const WeightScope& scope, int64_t n_fft) {
    const auto spec = scope / "spec";
    if (spec.has("weight")) return spec.take("weight", {n_fft + 2, 1, n_fft});
    return float32_dft_kernel(n_fft).to(spec.device());
  }

  /// scale * W ((y - mean) / deviation) as one convolution with a bias.
  static Conv1d projection(const WeightScope& scope, const SpectrumNumbers& numbers) {
    const int64_t bins = numbers.n_fft / 2 + 1;
    const double scale = scalar(scope, "scale_param") * numbers.res_scale / numbers.deviation;
    const auto weight = (scope / "layer.conv.conv").take_folded("weight", {numbers.channels, bins, 1}) * scale;
    const auto bias = weight.sum(at::IntArrayRef{1, 2}) * -numbers.mean;
    return Conv1d(weight, bias, {.in = bins, .out = numbers.channels});
  }

  Conv1d dft_;
  int64_t n_fft_;
  Conv1d project_;
};

/// What the card says, for both halves.
struct Numbers {
  explicit Numbers(const Config& config)
      : dimension(config.get<int64_t>("dimension")),
        strides(config.get<std::vector<int64_t>>("strides")),
        kernel(config.get<int64_t>("kernel")),
        encoder_channels(config.get<int64_t>("encoder_channels")),
        encoder_residuals(config.get<int64_t>("encoder_residuals")),
        decoder_channels(config.get<int64_t>("decoder_channels")),
        decoder_residuals(config.get<int64_t>("decoder_residuals")),
        n_fft(config.get<int64_t>("n_fft")),
        res_scale(config.get<double>("res_scale")),
        wave_deviation(config.get<double>("wave_deviation")),
        spectrum_means(config.get<std::vector<double>>("spectrum_means")),
        spectrum_deviations(config.get<std::vector<double>>("spectrum_deviations")) {
    if (spectrum_means.size() != strides.size() + 1 || spectrum_deviations.size() != strides.size() + 1) {
      throw Error("{}: spectrum_means and spectrum_deviations need one number a stride and one more", config.where());
    }
  }

  int64_t dimension;
  std::vector<int64_t> strides;  ///< in the encoder's order
  int64_t kernel;
  int64_t encoder_channels, encoder_residuals;
  int64_t decoder_channels, decoder_residuals;
  int64_t n_fft;  ///< of the first stage; doubled at each stage
  double res_scale, wave_deviation;
  std::vector<double> spectrum_means, spectrum_deviations;
};

class Encoder {
 public:
  Encoder(const WeightScope& scope, const Numbers& numbers)
      : scale_(variance_scale(numbers.encoder_residuals, numbers.res_scale)),
        root_dimension_(std::sqrt(static_cast<double>(numbers.dimension))) {
    int64_t channels = numbers.encoder_channels, hop = 1;
    ends_.push_back(first(scope, numbers));
    for (std::size_t s = 0; s < numbers.strides.size(); ++s) {
      const auto stride = numbers.strides[s];
      std::vector<Residual> residuals;
      for (int64_t j = 0; j < numbers.encoder_residuals; ++j) {
        // The spectrum branch before them counts as one residual branch.
        residuals.emplace_back(scope / "blocks" / static_cast<int64_t>(s) / j, channels, numbers.kernel,
                               variance_scale(j + 1, numbers.res_scale), numbers.res_scale);
      }
      const auto down = scope / "downsample" / static_cast<int64_t>(s);
      stages_.push_back({spectrum(scope / "spec_blocks" / static_cast<int64_t>(s), numbers, s, hop, channels),
                         std::move(residuals), pointwise(down / 2, channels, 2 * channels, false),
                         depthwise(down / 3, 2 * channels, 2 * stride, stride, true)});
      channels *= 2;
      hop *= stride;
    }
    spectrum_.push_back(spectrum(scope / "spec_post", numbers, numbers.strides.size(), hop, channels));
    ends_.push_back(depthwise(scope / "conv_post.1", channels, numbers.kernel, 1, false));
    ends_.push_back(pointwise(scope / "conv_post.2", channels, numbers.dimension, true));
  }

  /// wave [B, 1, T], T a multiple of the hop -> [B, dimension, T / hop], each frame of norm sqrt(dimension).
  at::Tensor operator()(const at::Tensor& wave) const {
    auto x = ends_[0](wave);
    for (const auto& stage : stages_) {
      x += stage.spectrum(wave);
      for (const auto& residual : stage.residuals) x = residual(x);
      x = stage.down(stage.widen(scaled_elu(x, scale_)));
    }
    x += spectrum_.front()(wave);
    x = ends_[2](ends_[1](at::elu_(x)));
    return x * (root_dimension_ / x.norm(2, 1, /*keepdim=*/true).clamp_min(1e-12));
  }

 private:
  struct Stage {
    SpectrumBranch spectrum;
    std::vector<Residual> residuals;
    Conv1d widen, down;
  };

  /// The division of the wave by its standard deviation goes into the weight.
  static Conv1d first(const WeightScope& scope, const Numbers& numbers) {
    const auto place = scope / "conv_pre.1.conv.conv";
    const Conv1dOptions options = {.out = numbers.encoder_channels, .kernel = numbers.kernel, .padding = causal};
    const auto weight = place.take_folded("weight", {options.out, 1, options.kernel}) / numbers.wave_deviation;
    return Conv1d(weight, place.take("bias", {options.out}), options);
  }

  static SpectrumBranch spectrum(const WeightScope& scope, const Numbers& numbers, std::size_t s, int64_t hop,
                                 int64_t channels) {
    return SpectrumBranch(scope, {numbers.n_fft << s, hop, channels, numbers.spectrum_means[s],
                                  numbers.spectrum_deviations[s], numbers.res_scale});
  }

  double scale_, root_dimension_;
  std::vector<Conv1d> ends_;  ///< conv_pre, conv_post.1, conv_post.2
  std::vector<Stage> stages_;
  std::vector<SpectrumBranch> spectrum_;  ///< spec_post
};

class Decoder {
 public:
  Decoder(const WeightScope& scope, const Numbers& numbers)
      : scale_(variance_scale(numbers.decoder_residuals, numbers.res_scale)) {
    const auto model = scope / "model";
    int64_t channels = numbers.decoder_channels << numbers.strides.size();
    int64_t place = 4;  // 0 and 1 are the head, 2 and 3 scale and activation
    ends_.push_back(pointwise(model / int64_t{0}, numbers.dimension, channels, false));
    ends_.push_back(depthwise(model / 1, channels, numbers.kernel, 1, true));
    for (const int64_t stride : numbers.strides | std::views::reverse) {
      ConvTranspose1d up(model / place / "convtr.convtr", {.in = channels,
                                                           .out = channels,
                                                           .kernel = 2 * stride,
                                                           .stride = stride,
                                                           .groups = channels,
                                                           .bias = false,
                                                           .padding = causal});
      auto narrow = pointwise(model / (place + 1), channels, channels / 2, true);
      channels /= 2;
      std::vector<Residual> residuals;
      for (int64_t j = 0; j < numbers.decoder_residuals; ++j) {
        residuals.emplace_back(model / (place + 2 + j), channels, numbers.kernel, variance_scale(j, numbers.res_scale),
                               numbers.res_scale);
      }
      stages_.push_back({std::move(up), std::move(narrow), std::move(residuals)});
      place += 4 + numbers.decoder_residuals;
    }
    ends_.push_back(Conv1d(model / place / "conv.conv", {.in = channels, .kernel = numbers.kernel, .padding = causal})
                        .scaled(numbers.wave_deviation));
  }

  /// [B, dimension, F] -> [B, 1, F * hop] in [-1, 1].
  at::Tensor operator()(const at::Tensor& quantized) const {
    auto x = ends_[1](ends_[0](quantized));
    double scale = 1;
    for (const auto& stage : stages_) {
      x = stage.narrow(stage.up(scaled_elu(x, scale)));
      for (const auto& residual : stage.residuals) x = residual(x);
      scale = scale_;
    }
    return ends_[2](scaled_elu(x, scale)).tanh_();
  }

 private:
  struct Stage {
    ConvTranspose1d up;
    Conv1d narrow;
    std::vector<Residual> residuals;
  };
  double scale_;
  std::vector<Conv1d> ends_;  ///< model.0, model.1 and the last one
  std::vector<Stage> stages_;
};

class Hilcodec final : public OneStreamCodec<layers::ResidualVq> {
 public:
  Hilcodec(const Card& card, const WeightScope& weights)
      : OneStreamCodec(card, make_hilcodec_quantizer(card, weights)),
        encoder_(weights / "encoder", Numbers(Config(card))),
        decoder_(weights / "decoder", Numbers(Config(card))) {}

  Latent encode(const at::Tensor& wave) const override {
    const tensors::Inference inference;
    check_wave(card(), wave, card().hop);
    const int64_t whole = wave.size(2) / card().hop * card().hop;
    return {encoder_(wave.narrow(2, 0, whole).clamp(-1, 1)), wave.size(2), {}};
  }

  bool is_convolutional() const override { return true; }

  at::Tensor synthesize(const Latent& quantized) const override {
    const tensors::Inference inference;
    return decoder_(quantized.values);
  }

 private:
  Encoder encoder_;
  Decoder decoder_;
};

}  // namespace

layers::ResidualVq make_hilcodec_quantizer(const Card& card, const WeightScope& weights) {
  const auto dimension = Config(card).get<int64_t>("dimension");
  std::vector<layers::EuclideanCodebook> codebooks;
  for (int64_t i = 0; i < card.codebooks; ++i) {
    codebooks.emplace_back((weights / "quantizer.layers" / i).take("embed", {card.codebook_size, dimension}));
  }
  return layers::ResidualVq(std::move(codebooks));
}

std::unique_ptr<Codec> make_hilcodec(const Card& card, const WeightScope& weights) {
  return std::make_unique<Hilcodec>(card, weights);
}

std::vector<Family> hilcodec_families() { return {{"hilcodec", make_hilcodec}}; }

}  // namespace cfo::codecs
