#include "nodes/networks/codecs/snac/snac.h"

#include "nodes/networks/codecs/dac/dac_codec.h"
#include "nodes/networks/codecs/snac/snac_codec.h"

namespace cfo::codecs {

std::unique_ptr<Codec> make_snac(const Card& card, const layers::WeightScope& weights) {
  std::vector<std::shared_ptr<const layers::Codebook>> codebooks;
  for (auto& codebook : factorised_codebooks(card, weights / "quantizer.quantizers", card.codebooks, "codebook")) {
    codebooks.push_back(std::make_shared<const layers::FactorisedCodebook>(std::move(codebook)));
  }
  return make_snac_codec(card, weights, std::move(codebooks));
}

}  // namespace cfo::codecs
