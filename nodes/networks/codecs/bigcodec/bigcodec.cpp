// BigCodec (Xin et al. 2024, "BigCodec: Pushing the Limits of Low-Bitrate Neural Speech Codec";
// Aria-K-Alethia/BigCodec): DAC's shape with anti-aliased activations, LSTMs and one codebook of 8192 rows.
#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/codecs/dac/dac_codec.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {
namespace {

/// The wave is zero-padded on the right by hop - T % hop samples, a whole frame where T is a multiple already, as
/// inference.py does; latent [B, latent, F]; audio untrimmed, F * hop samples. Tensors are CodecEnc.* and generator.*
/// of bigcodec.pt. Throws Error for a missing or misshapen tensor or config key.
std::unique_ptr<Codec> make_bigcodec(const Card& card, const tensors::WeightScope& weights) {
  const DacPlaces places = {weights / "CodecEnc", weights / "generator.quantizer.layers", weights / "generator",
                            "_codebook"};
  return make_dac_codec(card, places, WholeFrames::one_more);
}

}  // namespace

std::vector<Family> bigcodec_families() { return {{"bigcodec", make_bigcodec}}; }

}  // namespace cfo::codecs
