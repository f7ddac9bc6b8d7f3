#include "nodes/codecs/dac.h"

#include <algorithm>

#include "nodes/codecs/checks.h"
#include "nodes/codecs/config.h"
#include "nodes/layers/compute.h"
#include "nodes/layers/dac.h"
#include "nodes/layers/quantizer.h"

namespace cfo::codecs {
namespace {

layers::DacOptions half(const Config& config, std::string_view width) {
  layers::DacOptions options;
  options.width = config.get<int64_t>(width);
  options.latent = config.get<int64_t>("latent");
  options.strides = config.get<std::vector<int64_t>>("strides");
  return options;
}

layers::DacOptions decoder_options(const Config& config) {
  auto options = half(config, "decoder_width");
  std::reverse(options.strides.begin(), options.strides.end());
  return options;
}

layers::ResidualVq quantizer(const Card& card, const layers::WeightScope& scope) {
  const Config config(card);
  std::vector<layers::FactorisedCodebook> codebooks;
  for (int64_t i = 0; i < card.codebooks; ++i) {
    codebooks.emplace_back(scope / i, config.get<int64_t>("latent"), config.get<int64_t>("codebook_dimension"), card.codebook_size);
  }
  return layers::ResidualVq(std::move(codebooks));
}

class Dac final : public Codec {
 public:
  Dac(const Card& card, const layers::WeightScope& weights)
      : Codec(card),
        encoder_(weights / "encoder", half(Config(card), "encoder_width")),
        quantizer_(quantizer(card, weights / "quantizer.quantizers")),
        decoder_(weights / "decoder", decoder_options(Config(card))) {}

  Latent encode(const at::Tensor& wave) const override {
    const layers::Inference inference;
    check_wave(card(), wave);
    const int64_t samples = wave.size(2), whole = (samples + card().hop - 1) / card().hop * card().hop;
    return {encoder_(layers::pad(wave, 0, whole - samples, layers::PadMode::zero)), samples, {}};
  }

  Codes quantize(const Latent& latent) const override {
    const layers::Inference inference;
    return {{quantizer_.encode(latent.values)}, latent.samples, {}};
  }

  Latent dequantize(const Codes& codes) const override {
    const layers::Inference inference;
    check_streams(card(), codes);
    return {quantizer_.decode(codes.streams.front()), codes.samples, {}};
  }

  at::Tensor synthesize(const Latent& quantized) const override {
    const layers::Inference inference;
    return decoder_(quantized.values);
  }

 private:
  layers::DacEncoder encoder_;
  layers::ResidualVq quantizer_;
  layers::DacDecoder decoder_;
};

}  // namespace

std::unique_ptr<Codec> make_dac(const Card& card, const layers::WeightScope& weights) { return std::make_unique<Dac>(card, weights); }

}  // namespace cfo::codecs
