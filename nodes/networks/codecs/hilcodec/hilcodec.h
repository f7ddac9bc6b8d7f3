// HILCodec (Ahn et al. 2024, "HILCodec: High-Fidelity and Lightweight Neural Audio Codec"; aask1357/hilcodec):
// depthwise separable SEANet with spectrogram branches into the encoder and a variance-constrained design. The function
// is that of the PyTorch model; the published streaming export deviates from it in two places (see the golden record's
// notes).
#pragma once

#include <memory>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/layers/quantizers/residual_quantizer.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Input is clamped to [-1, 1] and cut to whole frames of 320 samples, as the official inference does; latent
/// [B, 128, T / 320]; audio [B, 1, 320 F]. Tensor names are those of the checkpoint's `model` dict. Throws Error for a
/// missing or misshapen tensor or config key.
std::unique_ptr<Codec> make_hilcodec(const Card& card, const tensors::WeightScope& weights);

/// The quantizer alone, from the tensors quantizer.layers.<i>.embed.
layers::ResidualVq make_hilcodec_quantizer(const Card& card, const tensors::WeightScope& weights);

}  // namespace cfo::codecs
