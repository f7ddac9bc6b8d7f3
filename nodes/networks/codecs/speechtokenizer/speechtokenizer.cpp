#include "nodes/networks/codecs/speechtokenizer/speechtokenizer.h"

#include "nodes/networks/codecs/seanet/seanet_codec.h"

namespace cfo::codecs {

std::unique_ptr<Codec> make_speechtokenizer(const Card& card, const layers::WeightScope& weights) {
  return make_seanet_codec(card, weights, AudioLength::whole_frames);
}

}  // namespace cfo::codecs
