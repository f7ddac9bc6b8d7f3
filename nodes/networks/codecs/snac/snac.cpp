// SNAC (Siuzdak et al. 2024, "SNAC: Multi-Scale Neural Audio Codec"; hubertsiuzdak/snac).
#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/codecs/dac/dac_codec.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/codecs/snac/snac_codec.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {
namespace {

/// DAC's factorised codebooks at several frame rates; shapes, padding and noise are those of snac_codec.h. Tensors by
/// the names of pytorch_model.bin. Throws Error for a missing or misshapen tensor or config key.
std::unique_ptr<Codec> make_snac(const Card& card, const tensors::WeightScope& weights) {
  std::vector<std::shared_ptr<const layers::Codebook>> codebooks;
  for (auto& codebook : factorised_codebooks(card, weights / "quantizer.quantizers", card.codebooks, "codebook")) {
    codebooks.push_back(std::make_shared<const layers::FactorisedCodebook>(std::move(codebook)));
  }
  return make_snac_codec(card, weights, std::move(codebooks));
}

}  // namespace

std::vector<Family> snac_families() { return {{"snac", make_snac}}; }

}  // namespace cfo::codecs
