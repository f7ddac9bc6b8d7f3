// AudioDec (Wu et al. 2023, "AudioDec: an open-source streaming high-fidelity neural audio codec";
// facebookresearch/AudioDec, models/autoencoder/AudioDec.py and models/vocoder/HiFiGAN.py): encoder and residual vector
// quantizer of a causal autoencoder, and a causal HiFi-GAN with grouped convolutions as the decoder.
#pragma once

#include <memory>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Latent [B, code_dim, ceil(T / card.hop)]; one stream of card.codebooks codes a frame; audio in [-1, 1], with `trim`
/// cut to the input's length. Every utterance begins in the state that config.priming says: with what the encoder, and
/// the decoder, have heard before. Tensor names are those of the two checkpoints below `autoencoder` and `vocoder`.
/// Throws Error for a missing or misshapen tensor or config key.
std::unique_ptr<Codec> make_audiodec(const Card& card, const layers::WeightScope& weights);

}  // namespace cfo::codecs
