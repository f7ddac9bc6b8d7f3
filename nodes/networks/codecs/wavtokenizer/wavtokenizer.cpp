#include "nodes/networks/codecs/wavtokenizer/wavtokenizer.h"

#include "nodes/networks/codecs/vocos/seanet_vocos.h"

namespace cfo::codecs {

std::unique_ptr<Codec> make_wavtokenizer(const Card& card, const layers::WeightScope& weights) {
  return std::make_unique<SeanetVocos>(card, weights, weights / "feature_extractor.encodec");
}

}  // namespace cfo::codecs
