// FunCodec in the time domain (Du et al. 2023, "FunCodec: A Fundamental, Reproducible and Integrable Open-source
// Toolkit for Neural Speech Codec"; modelscope/FunCodec, funcodec/models/codec_basic.py): EnCodec's network with group
// norm, on audio scaled to an RMS of 1.
#pragma once

#include <functional>
#include <memory>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// The networks of a codec between audio at an RMS of 1 and its latent.
struct ScaledHalves {
  std::function<at::Tensor(const at::Tensor&)> encoder;  ///< wave [B, 1, T] -> [B, dimension, F]
  std::function<at::Tensor(const at::Tensor&)> decoder;  ///< [B, dimension, F] -> wave [B, 1, T']
  int64_t shortest = 1;                                  ///< samples that the encoder needs
};

/// FunCodec's scaling and residual quantizer around two halves. One stream of card.codebooks codes a frame.
/// extras["scale"] [B] is each utterance's RMS: audio with it is scaled back and cut to the input's length; without it,
/// it is as the decoder makes it. Takes rq.model.embed at `quantizer`.
std::unique_ptr<Codec> make_scaled_codec(const Card& card, const tensors::WeightScope& quantizer, ScaledHalves halves);

/// Latent [B, 128, ceil(T / 320)]; one stream of card.codebooks codes a frame. extras["scale"] [B] is each utterance's
/// RMS: audio with it is scaled back and as long as the input (Encodec.inference, use_scale); without it, it is of
/// whole frames at an RMS near 1 (Encodec.inference_decoding, from codes alone). Tensor names are those of model.pth.
/// Throws Error for a missing or misshapen tensor or config key.
std::unique_ptr<Codec> make_funcodec(const Card& card, const tensors::WeightScope& weights);

}  // namespace cfo::codecs
