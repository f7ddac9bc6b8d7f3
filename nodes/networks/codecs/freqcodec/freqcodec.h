// FunCodec in the frequency domain, FreqCodec (Du et al. 2023, "FunCodec"; modelscope/FunCodec,
// funcodec/models/codec_freq.py): FunCodec's quantizer and scaling around a SEANet over magnitude and phase.
#pragma once

#include <memory>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Latent [B, 128, ceil((1 + T / 160) / 2)] for T > 256 samples; codes and extras["scale"] as in funcodec.h. Audio with
/// the scale is cut to the input's length, but can be up to 159 samples SHORTER (FreqCodec.inference); without it, (2 F
/// - 1) * 160 samples (inference_decoding). Tensor names are those of model.pth. Throws Error for a missing or
/// misshapen tensor or config key.
std::unique_ptr<Codec> make_freqcodec(const Card& card, const layers::WeightScope& weights);

}  // namespace cfo::codecs
