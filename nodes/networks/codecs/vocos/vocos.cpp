// Vocos on EnCodec's codes (Siuzdak 2023, "Vocos: Closing the gap between time-domain and Fourier-based neural
// vocoders"; gemelo-ai/vocos, vocos/pretrained.py, charactr/vocos-encodec-24khz).
#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/codecs/vocos/seanet_vocos.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {
namespace {

/// EnCodec's encoder and quantizer under their names in encodec_24khz-d7cc33bc.th, Vocos' decoder under those of
/// pytorch_model.bin (see SeanetVocos). The card's `vocos.condition` is the row of the bandwidth: 2 for 6 kbps, 3
/// for 12. Throws Error for a missing or misshapen tensor.
std::unique_ptr<Codec> make_vocos(const Card& card, const tensors::WeightScope& weights) {
  return std::make_unique<SeanetVocos>(card, weights, weights);
}

}  // namespace

std::vector<Family> vocos_families() { return {{"vocos", make_vocos}}; }

}  // namespace cfo::codecs
