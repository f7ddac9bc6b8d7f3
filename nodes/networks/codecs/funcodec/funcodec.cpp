#include "nodes/networks/codecs/funcodec/funcodec.h"

#include "base/error.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/codecs/one_stream_codec.h"
#include "nodes/networks/codecs/seanet/seanet_codec.h"

namespace cfo::codecs {
namespace {

/// RMS of each utterance [B], never 0 (funcodec/models/codec_basic.py, Encodec._encode_frame).
at::Tensor rms(const at::Tensor& wave) {
  constexpr double least = 1e-8;
  return wave.square().mean(at::IntArrayRef{1, 2}).sqrt_().add_(least);
}

/// All codebooks of a file lie in one tensor [N, codebook_size, dimension], of which the card's bit rate uses the
/// first.
layers::ResidualVq codebooks(const Card& card, const tensors::WeightScope& scope) {
  const auto rows = scope.take("embed", {-1, card.codebook_size, Config(card).get<int64_t>("dimension")});
  if (rows.size(0) < card.codebooks) {
    throw Error("{}: 'codebooks' is {}, but the checkpoint holds {}", card.file.string(), card.codebooks, rows.size(0));
  }
  std::vector<layers::EuclideanCodebook> codebooks;
  for (int64_t i = 0; i < card.codebooks; ++i) codebooks.emplace_back(rows.select(0, i));
  return layers::ResidualVq(std::move(codebooks));
}

class ScaledCodec final : public OneStreamCodec<layers::ResidualVq> {
 public:
  ScaledCodec(const Card& card, const tensors::WeightScope& quantizer, ScaledHalves halves)
      : OneStreamCodec(card, codebooks(card, quantizer / "rq.model")), halves_(std::move(halves)) {}

  Latent encode(const at::Tensor& wave) const override {
    const tensors::Inference inference;
    check_wave(card(), wave, halves_.shortest);
    const auto scale = rms(wave);
    return {halves_.encoder(wave / scale.view({-1, 1, 1})), wave.size(2), {{"scale", scale}}};
  }

  at::Tensor synthesize(const Latent& quantized) const override {
    const tensors::Inference inference;
    const auto wave = halves_.decoder(quantized.values);
    const auto scale = quantized.extras.find("scale");
    if (scale == quantized.extras.end()) return wave;
    return wave.narrow(2, 0, std::min(quantized.samples, wave.size(2))) * scale->second.view({-1, 1, 1});
  }

 private:
  ScaledHalves halves_;
};

}  // namespace

std::unique_ptr<Codec> make_scaled_codec(const Card& card, const tensors::WeightScope& quantizer, ScaledHalves halves) {
  return std::make_unique<ScaledCodec>(card, quantizer, std::move(halves));
}

std::unique_ptr<Codec> make_funcodec(const Card& card, const tensors::WeightScope& weights) {
  const auto options = seanet_options(Config(card));
  return make_scaled_codec(card, weights / "quantizer",
                           {.encoder = layers::SeanetEncoder(weights / "encoder", options),
                            .decoder = layers::SeanetDecoder(weights / "decoder", options)});
}

std::vector<Family> funcodec_families() { return {{"funcodec", make_funcodec}}; }

}  // namespace cfo::codecs
