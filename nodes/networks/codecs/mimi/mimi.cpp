#include "nodes/networks/codecs/mimi/mimi.h"

#include <algorithm>

#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/codecs/seanet/seanet_codec.h"

namespace cfo::codecs {
namespace {

using layers::Padding;
using layers::PadMode;

int64_t dimension(const Card& card) { return Config(card).get<int64_t>("dimension"); }

layers::SeanetOptions seanet(const Card& card) {
  auto options = seanet_options(Config(card));
  options.convolved_skip = false;
  options.padding = Padding::causal(PadMode::zero);
  return options;
}

TransformerOptions transformer(const Card& card) {
  const auto config = Config(card).section("transformer");
  return {.attention = {.dimension = dimension(card),
                        .heads = config.get<int64_t>("heads"),
                        .bias = false,
                        .window = config.get<int64_t>("window"),
                        .rotary_period = config.get<double>("rotary_period")},
          .layers = config.get<int64_t>("layers"),
          .feed_forward = config.get<int64_t>("feed_forward")};
}

layers::Conv1d down(const Card& card, const tensors::WeightScope& weights) {
  const auto stride = Config(card).get<int64_t>("resample");
  return layers::Conv1d(weights / "downsample.conv.conv.conv", {.in = dimension(card),
                                                                .out = dimension(card),
                                                                .kernel = 2 * stride,
                                                                .stride = stride,
                                                                .bias = false,
                                                                .padding = Padding::causal(PadMode::replicate)});
}

layers::ConvTranspose1d up(const Card& card, const tensors::WeightScope& weights) {
  const auto stride = Config(card).get<int64_t>("resample");
  return layers::ConvTranspose1d(weights / "upsample.convtr.convtr.convtr",
                                 {.in = dimension(card),
                                  .out = dimension(card),
                                  .kernel = 2 * stride,
                                  .stride = stride,
                                  .groups = dimension(card),
                                  .bias = false,
                                  .padding = Padding::causal(PadMode::zero)});
}

/// The semantic codebooks and as many of the others as the card asks for.
SplitVq split_quantizer(const Card& card, const tensors::WeightScope& scope) {
  const auto config = Config(card).section("quantizer");
  const auto semantic = std::min(config.get<int64_t>("semantic_codebooks"), card.codebooks);
  ProjectedRvqOptions options = {.channels = dimension(card),
                                 .dimension = config.get<int64_t>("dimension"),
                                 .codebooks = semantic,
                                 .codebook_size = card.codebook_size};
  std::vector<ProjectedRvq> parts = {ProjectedRvq(scope / "rvq_first", options)};
  options.codebooks = card.codebooks - semantic;
  if (options.codebooks > 0) parts.emplace_back(scope / "rvq_rest", options);
  return SplitVq(std::move(parts));
}

}  // namespace

Mimi::Mimi(const Card& card, const tensors::WeightScope& weights)
    : OneStreamCodec(card, split_quantizer(card, weights / "quantizer")),
      encoder_(weights / "encoder", seanet(card)),
      encoder_transformer_(weights / "encoder_transformer.transformer", transformer(card)),
      down_(down(card, weights)),
      up_(up(card, weights)),
      decoder_transformer_(weights / "decoder_transformer.transformer", transformer(card)),
      decoder_(weights / "decoder", seanet(card)) {}

Latent Mimi::encode(const at::Tensor& wave) const {
  const tensors::Inference inference;
  return {down_(encoder_transformer(encoder_seanet(wave))), wave.size(2), {}};
}

at::Tensor Mimi::synthesize(const Latent& quantized) const {
  const tensors::Inference inference;
  return decoder_(decoder_transformer(upsampled(quantized.values)));
}

at::Tensor Mimi::encoder_seanet(const at::Tensor& wave) const {
  const tensors::Inference inference;
  check_wave(card(), wave);
  const int64_t hop = card().hop, missing = (hop - wave.size(2) % hop) % hop;
  return encoder_(layers::pad(wave, 0, missing, PadMode::zero));
}

at::Tensor Mimi::encoder_transformer(const at::Tensor& features) const {
  const tensors::Inference inference;
  return encoder_transformer_(features.transpose(1, 2)).transpose(1, 2);
}

at::Tensor Mimi::upsampled(const at::Tensor& quantized) const {
  const tensors::Inference inference;
  return up_(quantized);
}

at::Tensor Mimi::decoder_transformer(const at::Tensor& features) const {
  const tensors::Inference inference;
  return decoder_transformer_(features.transpose(1, 2)).transpose(1, 2);
}

std::unique_ptr<Codec> make_mimi(const Card& card, const tensors::WeightScope& weights) {
  return std::make_unique<Mimi>(card, weights);
}

std::vector<Family> mimi_families() { return {{"mimi", make_mimi}}; }

}  // namespace cfo::codecs
