// FunCodec in the time domain (Du et al. 2023, "FunCodec: A Fundamental, Reproducible and Integrable Open-source Toolkit for Neural Speech
// Codec"; modelscope/FunCodec, funcodec/models/codec_basic.py): EnCodec's network with group norm, on audio scaled to an RMS of 1.
#pragma once

#include <memory>

#include "nodes/codecs/codec.h"
#include "nodes/layers/weights.h"

namespace cfo::codecs {

/// Latent [B, 128, ceil(T / 320)]; one stream of card.codebooks codes a frame. extras["scale"] [B] is each utterance's RMS: audio with it is
/// scaled back and as long as the input (Encodec.inference, use_scale); without it, it is of whole frames at an RMS near 1
/// (Encodec.inference_decoding, from codes alone). Tensor names are those of model.pth. Throws Error for a missing or misshapen tensor or
/// config key.
std::unique_ptr<Codec> make_funcodec(const Card& card, const layers::WeightScope& weights);

}  // namespace cfo::codecs
