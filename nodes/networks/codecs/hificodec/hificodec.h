// HiFi-Codec (Yang et al. 2023, "HiFi-Codec: Group-residual Vector quantization for High Fidelity Audio Codec";
// yangdongchao/AcademiCodec) and TiCodec (Ren et al. 2024, "Fewer-token Neural Speech Codec with Time-invariant Codes";
// y-ren16/TiCodec), which adds a time-invariant branch.
#pragma once

#include <memory>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Latent [B, latent, floor(T / hop)]: a tail shorter than a frame is dropped; one stream of layers x groups codes;
/// audio F * hop samples. Tensors are encoder.*, quantizer.* and generator.* of the published file's three
/// dictionaries. Throws Error for a missing or misshapen tensor or config key, and for an utterance shorter than a
/// frame.
std::unique_ptr<Codec> make_hificodec(const Card& card, const layers::WeightScope& weights);

/// As HiFi-Codec; besides, Latent::extras "global" [B, 128] (of the encoder, then of the decoder) and a second stream
/// of codes [B, 8, 1] for the whole utterance.
std::unique_ptr<Codec> make_ticodec(const Card& card, const layers::WeightScope& weights);

}  // namespace cfo::codecs
