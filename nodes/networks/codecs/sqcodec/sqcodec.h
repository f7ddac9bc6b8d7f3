// SQ-Codec (Yang et al. 2024, "SimpleSpeech"; yangdongchao/SimpleSpeech, ldm/models/scalar16k.py): a causal
// convolutional encoder and decoder around a scalar quantizer, without codebooks.
#pragma once

#include <memory>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Latent [B, card.codebooks, F] in [-1, 1], F = ceil(floor(T / num_samples) / product of strides); one stream of
/// card.codebooks codes a frame, which are the signed integers -steps .. steps; audio of F * card.hop samples, not
/// trimmed. Takes T >= num_samples samples. Tensor names are those of ckpt_*.pth below `codec_model`. Throws Error for
/// a missing or misshapen tensor or config key.
std::unique_ptr<Codec> make_sqcodec(const Card& card, const layers::WeightScope& weights);

}  // namespace cfo::codecs
