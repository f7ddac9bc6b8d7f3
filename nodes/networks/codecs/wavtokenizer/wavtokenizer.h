// WavTokenizer (Ji et al. 2024; jishengpeng/WavTokenizer) and Language-Codec (Ji et al. 2024;
// jishengpeng/Languagecodec), from one code base: a SEANet encoder, one codebook or MCRVQ, a Vocos decoder
// (WavTokenizer's with attention).
#pragma once

#include <memory>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Tensors are those of the Lightning checkpoint's state_dict: feature_extractor.encodec.*, backbone.*, head.* (see
/// SeanetVocos). Throws Error for a missing or misshapen tensor or config key.
std::unique_ptr<Codec> make_wavtokenizer(const Card& card, const layers::WeightScope& weights);

}  // namespace cfo::codecs
