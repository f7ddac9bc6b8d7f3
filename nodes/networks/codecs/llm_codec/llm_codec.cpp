// LLM-Codec (Yang et al. 2024, "UniAudio 1.5: Large Language Model-driven Audio Codec is A Few-shot Audio Task
// Learner"; yangdongchao/LLM-Codec, codec/MSCodec.py and codec/vq.py): SNAC's network, whose codebooks are the token
// embeddings of a language model behind a projection.
#include "base/error.h"
#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/codecs/llm_codec/cosine_codebook.h"
#include "nodes/networks/codecs/snac/snac_codec.h"
#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {
namespace {

/// Takes codebook.weight [size, width] and cb_proj (width -> latent) at `scope`.
std::shared_ptr<const layers::Codebook> projected_codebook(const Config& config, const tensors::WeightScope& scope,
                                                           int64_t size) {
  const auto width = config.get<int64_t>("codebook_width");
  const layers::Linear projection(scope / "cb_proj", {.in = width, .out = config.get<int64_t>("latent")});
  return std::make_shared<const CosineCodebook>(projection((scope / "codebook").take("weight", {size, width})));
}

/// Three streams of one codebook each: words, then tokens at two frame rates; shapes, padding and noise are those of
/// snac_codec.h. The codebooks are projected once, here. Tensors by the names of semantic_acoustic.pth's codec_model.
/// Throws Error for a missing or misshapen tensor or config key.
std::unique_ptr<Codec> make_llm_codec(const Card& card, const tensors::WeightScope& weights) {
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

}  // namespace

std::vector<Family> llm_codec_families() { return {{"llm_codec", make_llm_codec}}; }

}  // namespace cfo::codecs
