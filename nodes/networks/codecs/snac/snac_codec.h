// What SNAC (hubertsiuzdak/snac) and LLM-Codec (yangdongchao/LLM-Codec) share: DAC's networks with depthwise
// convolutions, attention and noise, around codebooks that work at different frame rates.
#pragma once

#include <memory>
#include <vector>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/layers/quantizers/residual_quantizer.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// The wave is zero-padded on the right to whole frames of the slowest codebook (and attention window); latent [B,
/// latent, F]; stream i holds one codebook of F / vq_strides[i] codes; audio untrimmed (SNAC.decode), F * hop samples.
/// The decoder draws noise from Codes::seeds; Latent::extras "noise_0", "noise_1", ... [B, 1, T_i] stand in for the
/// draws. Takes `encoder` and `decoder` below `weights`, and the numbers of dac_codec.h and vq_strides from the card.
/// Throws Error for a missing or misshapen tensor or config key.
std::unique_ptr<Codec> make_snac_codec(const Card& card, const tensors::WeightScope& weights,
                                       std::vector<std::shared_ptr<const layers::Codebook>> codebooks);

}  // namespace cfo::codecs
