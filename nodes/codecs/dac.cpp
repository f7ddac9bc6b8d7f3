#include "nodes/codecs/dac.h"

#include "nodes/codecs/dac_codec.h"

namespace cfo::codecs {

std::unique_ptr<Codec> make_dac(const Card& card, const layers::WeightScope& weights) {
  return make_dac_codec(card, {weights / "encoder", weights / "quantizer.quantizers", weights / "decoder"}, WholeFrames::nothing);
}

}  // namespace cfo::codecs
