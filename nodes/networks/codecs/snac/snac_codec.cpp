#include "nodes/networks/codecs/snac/snac_codec.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "nodes/networks/codecs/checks.h"
#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/dac/dac_codec.h"
#include "nodes/networks/codecs/snac/multi_scale_quantizer.h"
#include "nodes/networks/codecs/utterance_noise.h"
#include "nodes/networks/tensors/compute.h"

namespace cfo::codecs {
namespace {

std::vector<int64_t> vq_strides(const Card& card) {
  const Config config(card);
  auto strides = config.get<std::vector<int64_t>>("vq_strides");
  if (static_cast<int64_t>(strides.size()) != card.codebooks) {
    throw Error("{}: vq_strides needs one number for each of the {} codebooks", config.where(), card.codebooks);
  }
  return strides;
}

/// Samples that the wave is padded to a multiple of.
int64_t unit_of(const Card& card) {
  const int64_t window = std::max<int64_t>(1, Config(card).get<int64_t>("attention_window", 0));
  return card.hop * std::lcm(vq_strides(card).front(), window);
}

/// Draws for each utterance from its own stream, or hands out what the extras hold.
layers::NoiseSource noise_of(const Latent& quantized) {
  return [noise = UtteranceNoise(quantized), extras = quantized.extras](int64_t stage, const at::Tensor& like) {
    const auto given = extras.find(fmt::format("noise_{}", stage));
    return given != extras.end() ? given->second : noise.draw({1, like.size(2)});
  };
}

class SnacCodec final : public Codec {
 public:
  SnacCodec(const Card& card, const tensors::WeightScope& weights,
            std::vector<std::shared_ptr<const layers::Codebook>> codebooks)
      : Codec(card),
        unit_(unit_of(card)),
        encoder_(weights / "encoder", dac_encoder_options(Config(card))),
        quantizer_(std::move(codebooks), vq_strides(card)),
        decoder_(weights / "decoder", dac_decoder_options(Config(card))) {}

  Latent encode(const at::Tensor& wave) const override {
    const tensors::Inference inference;
    check_wave(card(), wave);
    return {encoder_(filled_to(wave, unit_)), wave.size(2), {}};
  }

  Codes quantize(const Latent& latent) const override {
    const tensors::Inference inference;
    return {quantizer_.encode(latent.values), latent.samples, {}};
  }

  Latent dequantize(const Codes& codes) const override {
    const tensors::Inference inference;
    check_streams(card(), codes, static_cast<std::size_t>(card().codebooks));
    return {quantizer_.decode(codes.streams), codes.samples, {}, codes.seeds};
  }

  at::Tensor synthesize(const Latent& quantized) const override {
    const tensors::Inference inference;
    return decoder_(quantized.values, noise_of(quantized));
  }

  std::vector<int64_t> codebook_sizes() const override { return quantizer_.codebook_sizes(); }

 private:
  int64_t unit_;  ///< samples
  layers::DacEncoder encoder_;
  MultiScaleVq quantizer_;
  layers::DacDecoder decoder_;
};

}  // namespace

std::unique_ptr<Codec> make_snac_codec(const Card& card, const tensors::WeightScope& weights,
                                       std::vector<std::shared_ptr<const layers::Codebook>> codebooks) {
  return std::make_unique<SnacCodec>(card, weights, std::move(codebooks));
}

}  // namespace cfo::codecs
