#include "nodes/networks/codecs/vocos/vocos.h"

#include "nodes/networks/codecs/vocos/seanet_vocos.h"

namespace cfo::codecs {

std::unique_ptr<Codec> make_vocos(const Card& card, const layers::WeightScope& weights) {
  return std::make_unique<SeanetVocos>(card, weights, weights);
}

}  // namespace cfo::codecs
