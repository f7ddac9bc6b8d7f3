#include "nodes/networks/codecs/encodec/encodec.h"

#include "nodes/networks/codecs/seanet/seanet_codec.h"

namespace cfo::codecs {

std::unique_ptr<Codec> make_encodec(const Card& card, const layers::WeightScope& weights) {
  return make_seanet_codec(card, weights, AudioLength::input);  // as EncodecModel.forward trims
}

}  // namespace cfo::codecs
