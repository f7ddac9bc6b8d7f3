// SNAC (Siuzdak et al. 2024, "SNAC: Multi-Scale Neural Audio Codec"; hubertsiuzdak/snac).
#pragma once

#include <memory>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// DAC's factorised codebooks at several frame rates; shapes, padding and noise are those of snac_codec.h. Tensors by
/// the names of pytorch_model.bin. Throws Error for a missing or misshapen tensor or config key.
std::unique_ptr<Codec> make_snac(const Card& card, const layers::WeightScope& weights);

}  // namespace cfo::codecs
