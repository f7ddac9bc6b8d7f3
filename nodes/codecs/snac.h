// SNAC (Siuzdak et al. 2024, "SNAC: Multi-Scale Neural Audio Codec"; hubertsiuzdak/snac): DAC's networks with depthwise convolutions and noise, and
// codebooks that work at different frame rates.
#pragma once

#include <memory>

#include "nodes/codecs/codec.h"
#include "nodes/layers/weights.h"

namespace cfo::codecs {

/// The wave is zero-padded on the right to whole frames of the slowest codebook (and attention window); latent [B, latent, F]; stream i holds one
/// codebook of F / vq_strides[i] codes; audio untrimmed (SNAC.decode), F * hop samples. The decoder draws noise from Codes::seeds;
/// Latent::extras "noise_0", "noise_1", ... [B, 1, T_i] stand in for the draws. Tensors by the names of pytorch_model.bin. Throws Error for a
/// missing or misshapen tensor or config key.
std::unique_ptr<Codec> make_snac(const Card& card, const layers::WeightScope& weights);

}  // namespace cfo::codecs
