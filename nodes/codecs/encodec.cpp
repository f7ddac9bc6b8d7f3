#include "nodes/codecs/encodec.h"

#include "nodes/codecs/checks.h"
#include "nodes/codecs/config.h"
#include "nodes/layers/compute.h"
#include "nodes/layers/quantizer.h"
#include "nodes/layers/seanet.h"

namespace cfo::codecs {
namespace {

/// Numbers of encodec/model.py, encodec_model_24khz.
layers::SeanetOptions seanet_options(const Config& config) {
  layers::SeanetOptions options;
  options.dimension = config.get<int64_t>("dimension");
  options.filters = config.get<int64_t>("filters");
  options.strides = config.get<std::vector<int64_t>>("strides");
  options.kernel = config.get<int64_t>("kernel");
  options.last_kernel = config.get<int64_t>("last_kernel");
  options.residual_kernel = config.get<int64_t>("residual_kernel");
  options.residual_layers = config.get<int64_t>("residual_layers");
  options.dilation_base = config.get<int64_t>("dilation_base");
  options.compress = config.get<int64_t>("compress");
  options.lstm_layers = config.get<int64_t>("lstm_layers");
  return options;
}

/// The file holds every codebook (32); a bit rate uses the first card.codebooks of them.
layers::ResidualVq quantizer(const Card& card, const layers::WeightScope& scope) {
  const auto dimension = Config(card).get<int64_t>("dimension");
  std::vector<layers::EuclideanCodebook> codebooks;
  for (int64_t i = 0; i < card.codebooks; ++i) {
    codebooks.emplace_back((scope / "vq.layers" / i / "_codebook").take("embed", {card.codebook_size, dimension}));
  }
  return layers::ResidualVq(std::move(codebooks));
}

class Encodec final : public Codec {
 public:
  Encodec(const Card& card, const layers::WeightScope& weights)
      : Codec(card),
        encoder_(weights / "encoder", seanet_options(Config(card))),
        quantizer_(quantizer(card, weights / "quantizer")),
        decoder_(weights / "decoder", seanet_options(Config(card))) {}

  Latent encode(const at::Tensor& wave) const override {
    const layers::Inference inference;
    check_wave(card(), wave);
    return {encoder_(wave), wave.size(2), {}};
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

  /// Trimmed to the input's length, as EncodecModel.forward does.
  at::Tensor synthesize(const Latent& quantized) const override {
    const layers::Inference inference;
    const auto wave = decoder_(quantized.values);
    return wave.narrow(2, 0, std::min(quantized.samples, wave.size(2)));
  }

 private:
  layers::SeanetEncoder encoder_;
  layers::ResidualVq quantizer_;
  layers::SeanetDecoder decoder_;
};

}  // namespace

std::unique_ptr<Codec> make_encodec(const Card& card, const layers::WeightScope& weights) {
  return std::make_unique<Encodec>(card, weights);
}

}  // namespace cfo::codecs
