// SpeechTokenizer (Zhang et al. 2023, "SpeechTokenizer: Unified Speech Tokenizer for Speech Language Models";
// ZhangXInFD/SpeechTokenizer, speechtokenizer/model.py): EnCodec's network, not causal and with a bidirectional LSTM in
// the encoder, whose first codebook was distilled from HuBERT.
#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/codecs/seanet/seanet_codec.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {
namespace {

/// Latent [B, 1024, ceil(T / 320)]; one stream of card.codebooks codes a frame, the first of them semantic; audio of
/// whole frames, not trimmed. Tensor names are those of SpeechTokenizer.pt. Throws Error for a missing or misshapen
/// tensor or config key.
std::unique_ptr<Codec> make_speechtokenizer(const Card& card, const tensors::WeightScope& weights) {
  return make_seanet_codec(card, weights, AudioLength::whole_frames);
}

}  // namespace

std::vector<Family> speechtokenizer_families() { return {{"speechtokenizer", make_speechtokenizer}}; }

}  // namespace cfo::codecs
