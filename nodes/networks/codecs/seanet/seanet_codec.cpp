#include "nodes/networks/codecs/seanet/seanet_codec.h"

#include "nodes/networks/codecs/one_stream_codec.h"

namespace cfo::codecs {
namespace {

class SeanetCodec final : public OneStreamCodec<layers::ResidualVq> {
 public:
  SeanetCodec(const Card& card, const tensors::WeightScope& weights, AudioLength length)
      : OneStreamCodec(card, euclidean_codebooks(card, weights / "quantizer")),
        encoder_(weights / "encoder", seanet_options(Config(card))),
        decoder_(weights / "decoder", seanet_options(Config(card))),
        length_(length) {}

  Latent encode(const at::Tensor& wave) const override {
    const tensors::Inference inference;
    check_wave(card(), wave);
    return {encoder_(wave), wave.size(2), {}};
  }

  bool is_convolutional() const override {
    const auto options = seanet_options(Config(card()));
    return options.lstm_layers == 0 && !options.group_norm;
  }

  at::Tensor synthesize(const Latent& quantized) const override {
    const tensors::Inference inference;
    const auto wave = decoder_(quantized.values);
    return length_ == AudioLength::whole_frames ? wave : wave.narrow(2, 0, std::min(quantized.samples, wave.size(2)));
  }

 private:
  layers::SeanetEncoder encoder_;
  layers::SeanetDecoder decoder_;
  AudioLength length_;
};

}  // namespace

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
  options.lstm_bidirectional = config.get<bool>("encoder_lstm_bidirectional", false);
  options.group_norm = config.get<bool>("group_norm", false);
  if (!config.get<bool>("causal", true)) options.padding = layers::Padding::centred(layers::PadMode::reflect);
  return options;
}

layers::ResidualVq euclidean_codebooks(const Card& card, const tensors::WeightScope& scope) {
  const auto dimension = Config(card).get<int64_t>("dimension");
  std::vector<layers::EuclideanCodebook> codebooks;
  for (int64_t i = 0; i < card.codebooks; ++i) {
    codebooks.emplace_back((scope / "vq.layers" / i / "_codebook").take("embed", {card.codebook_size, dimension}));
  }
  return layers::ResidualVq(std::move(codebooks));
}

std::unique_ptr<Codec> make_seanet_codec(const Card& card, const tensors::WeightScope& weights, AudioLength length) {
  return std::make_unique<SeanetCodec>(card, weights, length);
}

}  // namespace cfo::codecs
