#include "nodes/networks/codecs/bigcodec/bigcodec.h"

#include "nodes/networks/codecs/dac/dac_codec.h"

namespace cfo::codecs {

std::unique_ptr<Codec> make_bigcodec(const Card& card, const layers::WeightScope& weights) {
  const DacPlaces places = {weights / "CodecEnc", weights / "generator.quantizer.layers", weights / "generator",
                            "_codebook"};
  return make_dac_codec(card, places, WholeFrames::one_more);
}

}  // namespace cfo::codecs
