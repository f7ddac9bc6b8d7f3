// LLM-Codec (Yang et al. 2024, "UniAudio 1.5: Large Language Model-driven Audio Codec is A Few-shot Audio Task
// Learner"; yangdongchao/LLM-Codec, codec/MSCodec.py and codec/vq.py): SNAC's network, whose codebooks are the token
// embeddings of a language model behind a projection.
#pragma once

#include <memory>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Three streams of one codebook each: words, then tokens at two frame rates; shapes, padding and noise are those of
/// snac_codec.h. The codebooks are projected once, here. Tensors by the names of semantic_acoustic.pth's codec_model.
/// Throws Error for a missing or misshapen tensor or config key.
std::unique_ptr<Codec> make_llm_codec(const Card& card, const layers::WeightScope& weights);

}  // namespace cfo::codecs
