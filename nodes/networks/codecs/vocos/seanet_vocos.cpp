#include "nodes/networks/codecs/vocos/seanet_vocos.h"

#include "base/error.h"
#include "nodes/networks/codecs/checks.h"
#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/seanet/seanet_codec.h"
#include "nodes/networks/tensors/compute.h"

namespace cfo::codecs {
namespace {

using tensors::WeightScope;
using Codebooks = std::vector<std::shared_ptr<const layers::Codebook>>;

Codebooks search_codebooks(const Card& card, const WeightScope& scope) {
  const auto dimension = Config(card).get<int64_t>("dimension");
  Codebooks codebooks;
  for (int64_t i = 0; i < card.codebooks; ++i) {
    codebooks.push_back(std::make_shared<layers::EuclideanCodebook>(
        (scope / "quantizer.vq.layers" / i / "_codebook").take("embed", {card.codebook_size, dimension})));
  }
  return codebooks;
}

/// The rows the decoder gets: its own, where they are published, or those of the search.
Codebooks decoder_codebooks(const Card& card, const WeightScope& weights, const WeightScope& encodec) {
  const auto place = weights / "feature_extractor";
  if (!place.has("codebook_weights")) return search_codebooks(card, encodec);
  const auto rows = place.take("codebook_weights", {-1, Config(card).get<int64_t>("dimension")});
  if (rows.size(0) < card.codebooks * card.codebook_size) {
    throw Error(
        "{}: feature_extractor.codebook_weights has {} rows, but {} needs {} of {}; check that the file belongs to "
        "this model",
        weights.origin(), rows.size(0), card.name, card.codebooks, card.codebook_size);
  }
  Codebooks codebooks;
  for (int64_t i = 0; i < card.codebooks; ++i) {
    codebooks.push_back(
        std::make_shared<layers::EuclideanCodebook>(rows.narrow(0, i * card.codebook_size, card.codebook_size)));
  }
  return codebooks;
}

VocosBackboneOptions backbone_options(const Config& config) {
  const auto vocos = config.section("vocos");
  VocosBackboneOptions options;
  options.input = config.get<int64_t>("dimension");
  options.dimension = vocos.get<int64_t>("dimension");
  options.inner = vocos.get<int64_t>("inner");
  options.blocks = vocos.get<int64_t>("blocks");
  options.condition = vocos.get<int64_t>("condition");
  options.position_net = vocos.get<bool>("position_net", false);
  return options;
}

SpectrumHeadOptions head_options(const Card& card) {
  const auto vocos = Config(card).section("vocos");
  return {.dimension = vocos.get<int64_t>("dimension"), .n_fft = vocos.get<int64_t>("n_fft"), .hop = card.hop};
}

}  // namespace

SeanetVocos::SeanetVocos(const Card& card, const WeightScope& weights, const WeightScope& encodec)
    : Codec(card),
      encoder_(encodec / "encoder", seanet_options(Config(card))),
      quantizer_(search_codebooks(card, encodec), Config(card).get<int64_t>("masked_codebooks", 0)),
      rows_(decoder_codebooks(card, weights, encodec)),
      backbone_(weights / "backbone", backbone_options(Config(card))),
      head_(weights / "head", head_options(card)) {}

Latent SeanetVocos::encode(const at::Tensor& wave) const {
  const tensors::Inference inference;
  check_wave(card(), wave);
  return {encoder_(wave), wave.size(2), {}};
}

Codes SeanetVocos::quantize(const Latent& latent) const {
  const tensors::Inference inference;
  return {{quantizer_.encode(latent.values)}, latent.samples, {}};
}

Latent SeanetVocos::dequantize(const Codes& codes) const {
  const tensors::Inference inference;
  check_streams(card(), codes);
  return {rows_.decode(codes.streams.front()), codes.samples, {}};
}

at::Tensor SeanetVocos::synthesize(const Latent& quantized) const {
  const tensors::Inference inference;
  return head_(backbone_(quantized.values));
}

at::Tensor SeanetVocos::backbone(const Latent& quantized) const {
  const tensors::Inference inference;
  return backbone_(quantized.values);
}

}  // namespace cfo::codecs
