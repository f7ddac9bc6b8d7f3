// EnCodec (Defossez et al. 2022, "High Fidelity Neural Audio Compression"; facebookresearch/encodec): SEANet encoder
// and decoder around a residual vector quantizer.
#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/codecs/seanet/seanet_codec.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {
namespace {

/// Latent [B, 128, ceil(T / 320)]; one stream of card.codebooks codes a frame; audio trimmed to the input's length.
/// Tensor names are those of encodec_24khz-d7cc33bc.th. Throws Error for a missing or misshapen tensor or config key.
std::unique_ptr<Codec> make_encodec(const Card& card, const tensors::WeightScope& weights) {
  return make_seanet_codec(card, weights, AudioLength::input);  // as EncodecModel.forward trims
}

}  // namespace

std::vector<Family> encodec_families() { return {{"encodec", make_encodec}}; }

}  // namespace cfo::codecs
