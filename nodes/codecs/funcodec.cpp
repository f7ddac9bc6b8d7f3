#include "nodes/codecs/funcodec.h"

#include "base/error.h"
#include "nodes/codecs/checks.h"
#include "nodes/codecs/seanet_codec.h"
#include "nodes/layers/compute.h"

namespace cfo::codecs {
namespace {

/// RMS of each utterance [B], never 0 (funcodec/models/codec_basic.py, Encodec._encode_frame).
at::Tensor rms(const at::Tensor& wave) {
  constexpr double least = 1e-8;
  return wave.square().mean(at::IntArrayRef{1, 2}).sqrt_().add_(least);
}

/// All codebooks of a file lie in one tensor [N, codebook_size, dimension], of which the card's bit rate uses the first.
layers::ResidualVq codebooks(const Card& card, const layers::WeightScope& scope) {
  const auto rows = scope.take("embed", {-1, card.codebook_size, Config(card).get<int64_t>("dimension")});
  if (rows.size(0) < card.codebooks) {
    throw Error("{}: 'codebooks' is {}, but the checkpoint holds {}", card.file.string(), card.codebooks, rows.size(0));
  }
  std::vector<layers::EuclideanCodebook> codebooks;
  for (int64_t i = 0; i < card.codebooks; ++i) codebooks.emplace_back(rows.select(0, i));
  return layers::ResidualVq(std::move(codebooks));
}

class FunCodec final : public Codec {
 public:
  FunCodec(const Card& card, const layers::WeightScope& weights)
      : Codec(card),
        encoder_(weights / "encoder", seanet_options(Config(card))),
        quantizer_(codebooks(card, weights / "quantizer.rq.model")),
        decoder_(weights / "decoder", seanet_options(Config(card))) {}

  Latent encode(const at::Tensor& wave) const override {
    const layers::Inference inference;
    check_wave(card(), wave);
    const auto scale = rms(wave);
    return {encoder_(wave / scale.view({-1, 1, 1})), wave.size(2), {{"scale", scale}}};
  }

  Codes quantize(const Latent& latent) const override {
    const layers::Inference inference;
    return {{quantizer_.encode(latent.values)}, latent.samples, latent.extras};
  }

  Latent dequantize(const Codes& codes) const override {
    const layers::Inference inference;
    check_streams(card(), codes);
    return {quantizer_.decode(codes.streams.front()), codes.samples, codes.extras};
  }

  at::Tensor synthesize(const Latent& quantized) const override {
    const layers::Inference inference;
    const auto wave = decoder_(quantized.values);
    const auto scale = quantized.extras.find("scale");
    if (scale == quantized.extras.end()) return wave;
    return wave.narrow(2, 0, std::min(quantized.samples, wave.size(2))) * scale->second.view({-1, 1, 1});
  }

 private:
  layers::SeanetEncoder encoder_;
  layers::ResidualVq quantizer_;
  layers::SeanetDecoder decoder_;
};

}  // namespace

std::unique_ptr<Codec> make_funcodec(const Card& card, const layers::WeightScope& weights) {
  return std::make_unique<FunCodec>(card, weights);
}

}  // namespace cfo::codecs
