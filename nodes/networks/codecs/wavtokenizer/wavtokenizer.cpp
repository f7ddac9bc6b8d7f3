// WavTokenizer (Ji et al. 2024; jishengpeng/WavTokenizer) and Language-Codec (Ji et al. 2024;
// jishengpeng/Languagecodec), from one code base: a SEANet encoder, one codebook or MCRVQ, a Vocos decoder
// (WavTokenizer's with attention).
#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/codecs/vocos/seanet_vocos.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {
namespace {

/// Tensors are those of the Lightning checkpoint's state_dict: feature_extractor.encodec.*, backbone.*, head.* (see
/// SeanetVocos). Throws Error for a missing or misshapen tensor or config key.
std::unique_ptr<Codec> make_wavtokenizer(const Card& card, const tensors::WeightScope& weights) {
  return std::make_unique<SeanetVocos>(card, weights, weights / "feature_extractor.encodec");
}

}  // namespace

std::vector<Family> wavtokenizer_families() {
  return {{"languagecodec", make_wavtokenizer}, {"wavtokenizer", make_wavtokenizer}};
}

}  // namespace cfo::codecs
