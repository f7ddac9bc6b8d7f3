#include "nodes/networks/codecs/llm_codec/llm_codec.h"

#include "base/error.h"
#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/snac/snac_codec.h"
#include "nodes/networks/codecs/llm_codec/cosine_codebook.h"
#include "nodes/networks/layers/basic/linear.h"

namespace cfo::codecs {
namespace {

/// Takes codebook.weight [size, width] and cb_proj (width -> latent) at `scope`.
std::shared_ptr<const layers::Codebook> projected_codebook(const Config& config, const layers::WeightScope& scope,
                                                           int64_t size) {
  const auto width = config.get<int64_t>("codebook_width");
  const layers::Linear projection(scope / "cb_proj", {.in = width, .out = config.get<int64_t>("latent")});
  return std::make_shared<const layers::CosineCodebook>(projection((scope / "codebook").take("weight", {size, width})));
}

}  // namespace

std::unique_ptr<Codec> make_llm_codec(const Card& card, const layers::WeightScope& weights) {
  const Config config(card);
  const auto sizes = config.get<std::vector<int64_t>>("codebook_sizes");
  if (static_cast<int64_t>(sizes.size()) != card.codebooks) {
    throw Error("{}: codebook_sizes needs one number for each of the {} codebooks", config.where(), card.codebooks);
  }
  std::vector<std::shared_ptr<const layers::Codebook>> codebooks;
  for (const int64_t size : sizes) {
    codebooks.push_back(
        projected_codebook(config, weights / "quantizer.quantizers" / static_cast<int64_t>(codebooks.size()), size));
  }
  return make_snac_codec(card, weights, std::move(codebooks));
}

}  // namespace cfo::codecs
