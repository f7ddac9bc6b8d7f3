#include "nodes/networks/codecs/dac/dac_codec.h"

#include <algorithm>

#include "nodes/networks/codecs/one_stream_codec.h"

namespace cfo::codecs {
namespace {

layers::DacOptions shared_options(const Config& config) {
  layers::DacOptions options;
  options.latent = config.get<int64_t>("latent");
  options.strides = config.get<std::vector<int64_t>>("strides");
  options.depthwise = config.get<bool>("depthwise", false);
  options.noise = config.get<bool>("noise", false);
  options.whole_upsampling = config.get<bool>("whole_upsampling", false);
  options.anti_aliased = config.get<bool>("anti_aliased", false);
  options.lstm_layers = config.get<int64_t>("lstm_layers", 0);
  options.attention_window = config.get<int64_t>("attention_window", 0);
  return options;
}

class DacCodec final : public OneStreamCodec<layers::ResidualVq> {
 public:
  DacCodec(const Card& card, const DacPlaces& places, WholeFrames whole)
      : OneStreamCodec(card,
                       layers::ResidualVq(factorised_codebooks(card, places.codebooks, card.codebooks, places.rows))),
        whole_(whole),
        encoder_(places.encoder, dac_encoder_options(Config(card))),
        decoder_(places.decoder, dac_decoder_options(Config(card))) {}

  Latent encode(const at::Tensor& wave) const override {
    const tensors::Inference inference;
    check_wave(card(), wave);
    const int64_t samples = wave.size(2), hop = card().hop;
    const bool one_more = whole_ == WholeFrames::one_more && samples % hop == 0;
    const auto filled = one_more ? layers::pad(wave, 0, hop, layers::PadMode::zero) : filled_to(wave, hop);
    return {encoder_(filled), samples, {}};
  }

  bool is_convolutional() const override {
    const auto options = dac_encoder_options(Config(card()));
    return options.lstm_layers == 0 && options.attention_window == 0 && !options.noise;
  }

  at::Tensor synthesize(const Latent& quantized) const override {
    const tensors::Inference inference;
    return decoder_(quantized.values);
  }

 private:
  WholeFrames whole_;
  layers::DacEncoder encoder_;
  layers::DacDecoder decoder_;
};

}  // namespace

layers::DacOptions dac_encoder_options(const Config& config) {
  auto options = shared_options(config);
  options.width = config.get<int64_t>("encoder_width");
  return options;
}

layers::DacOptions dac_decoder_options(const Config& config) {
  auto options = shared_options(config);
  options.width = config.get<int64_t>("decoder_width");
  std::reverse(options.strides.begin(), options.strides.end());
  return options;
}

std::vector<layers::FactorisedCodebook> factorised_codebooks(const Card& card, const tensors::WeightScope& scope,
                                                             int64_t count, std::string_view rows) {
  const Config config(card);
  std::vector<layers::FactorisedCodebook> codebooks;
  for (int64_t i = 0; i < count; ++i) {
    codebooks.emplace_back(scope / i, config.get<int64_t>("latent"), config.get<int64_t>("codebook_dimension"),
                           card.codebook_size, rows);
  }
  return codebooks;
}

int64_t encoder_frames(int64_t samples, const std::vector<int64_t>& strides) {
  for (const int64_t stride : strides) samples = (samples + 2 * layers::dac_padding(stride) - 2 * stride) / stride + 1;
  return samples;
}

int64_t shortest_encoded(const std::vector<int64_t>& strides) {
  int64_t samples = 1;
  for (auto stride = strides.rbegin(); stride != strides.rend(); ++stride) {
    samples = (samples - 1) * *stride + 2 * *stride - 2 * layers::dac_padding(*stride);
  }
  return samples;
}

at::Tensor filled_to(const at::Tensor& wave, int64_t unit) {
  const int64_t samples = wave.size(2), whole = (samples + unit - 1) / unit * unit;
  return layers::pad(wave, 0, whole - samples, layers::PadMode::zero);
}

std::unique_ptr<Codec> make_dac_codec(const Card& card, const DacPlaces& places, WholeFrames whole) {
  return std::make_unique<DacCodec>(card, places, whole);
}

}  // namespace cfo::codecs
