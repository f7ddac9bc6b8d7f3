#include "nodes/codecs/snac.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "nodes/codecs/checks.h"
#include "nodes/codecs/config.h"
#include "nodes/codecs/dac_codec.h"
#include "nodes/codecs/utterance_noise.h"
#include "nodes/layers/compute.h"

namespace cfo::codecs {
namespace {

/// A codebook that sees every `stride` frames as one, their mean.
struct Level {
  layers::FactorisedCodebook codebook;
  int64_t stride;

  /// residual [B, D, F] -> codes [B, 1, F / stride].
  at::Tensor search(const at::Tensor& residual) const {
    const auto pooled = at::avg_pool1d(residual, {stride}, {stride});
    return codebook.search(pooled.transpose(1, 2).reshape({-1, pooled.size(1)})).view({pooled.size(0), 1, pooled.size(2)});
  }

  /// codes [B, 1, F / stride] -> [B, D, F].
  at::Tensor look_up(const at::Tensor& codes) const {
    const auto rows = codebook.look_up(codes.reshape({-1})).view({codes.size(0), codes.size(2), -1});
    return rows.repeat_interleave(stride, 1).transpose(1, 2);
  }
};

std::vector<Level> levels(const Card& card, const layers::WeightScope& scope) {
  const Config config(card);
  const auto strides = config.get<std::vector<int64_t>>("vq_strides");
  if (static_cast<int64_t>(strides.size()) != card.codebooks) {
    throw Error("{}: vq_strides needs one number for each of the {} codebooks", config.where(), card.codebooks);
  }
  auto codebooks = factorised_codebooks(card, scope, card.codebooks, "codebook");
  std::vector<Level> made;
  for (std::size_t i = 0; i < strides.size(); ++i) made.push_back({std::move(codebooks[i]), strides[i]});
  return made;
}

/// Samples that the wave is padded to a multiple of.
int64_t unit_of(const Card& card) {
  const Config config(card);
  const int64_t window = std::max<int64_t>(1, config.get<int64_t>("attention_window", 0));
  return card.hop * std::lcm(config.get<std::vector<int64_t>>("vq_strides").front(), window);
}

/// Draws for each utterance from its own stream, or hands out what the extras hold.
layers::NoiseSource noise_of(const Latent& quantized) {
  return [noise = UtteranceNoise(quantized), extras = quantized.extras](int64_t stage, const at::Tensor& like) {
    const auto given = extras.find(fmt::format("noise_{}", stage));
    return given != extras.end() ? given->second : noise.draw({1, like.size(2)});
  };
}

class Snac final : public Codec {
 public:
  Snac(const Card& card, const layers::WeightScope& weights)
      : Codec(card),
        unit_(unit_of(card)),
        encoder_(weights / "encoder", dac_encoder_options(Config(card))),
        levels_(levels(card, weights / "quantizer.quantizers")),
        decoder_(weights / "decoder", dac_decoder_options(Config(card))) {}

  Latent encode(const at::Tensor& wave) const override {
    const layers::Inference inference;
    check_wave(card(), wave);
    return {encoder_(filled_to(wave, unit_)), wave.size(2), {}};
  }

  Codes quantize(const Latent& latent) const override {
    const layers::Inference inference;
    auto residual = latent.values.clone();
    Codes codes = {{}, latent.samples, {}};
    for (const auto& level : levels_) {
      codes.streams.push_back(level.search(residual));
      residual -= level.look_up(codes.streams.back());
    }
    return codes;
  }

  Latent dequantize(const Codes& codes) const override {
    const layers::Inference inference;
    check_streams(card(), codes, levels_.size());
    auto sum = levels_.front().look_up(codes.streams.front());
    for (std::size_t i = 1; i < levels_.size(); ++i) sum = sum + levels_[i].look_up(codes.streams[i]);
    return {sum.contiguous(), codes.samples, {}, codes.seeds};
  }

  at::Tensor synthesize(const Latent& quantized) const override {
    const layers::Inference inference;
    return decoder_(quantized.values, noise_of(quantized));
  }

 private:
  int64_t unit_;  ///< samples
  layers::DacEncoder encoder_;
  std::vector<Level> levels_;
  layers::DacDecoder decoder_;
};

}  // namespace

std::unique_ptr<Codec> make_snac(const Card& card, const layers::WeightScope& weights) { return std::make_unique<Snac>(card, weights); }

}  // namespace cfo::codecs
