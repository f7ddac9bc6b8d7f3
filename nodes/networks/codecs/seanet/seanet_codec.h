// What EnCodec (facebookresearch/encodec) and its kin share: a SEANet encoder and decoder around Euclidean codebooks,
// as the card says.
#pragma once

#include <memory>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/codecs/config.h"
#include "nodes/networks/layers/backbones/seanet.h"
#include "nodes/networks/layers/quantizers/residual_quantizer.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// SEANet's numbers from a card's `config`: dimension, filters, strides (in the encoder's order), kernel, last_kernel,
/// residual_kernel, residual_layers, dilation_base, compress and lstm_layers; causal, group_norm and
/// encoder_lstm_bidirectional where they are not EnCodec's (true, false, false). Throws Error for a missing or mistyped
/// one.
layers::SeanetOptions seanet_options(const Config& config);

/// The first card.codebooks codebooks [codebook_size, dimension] of vq.layers.<i>._codebook.embed below `scope` (one
/// file serves every bit rate).
layers::ResidualVq euclidean_codebooks(const Card& card, const tensors::WeightScope& scope);

enum class AudioLength { input, whole_frames };

/// encoder.*, quantizer.*, decoder.* below `weights`: latent [B, dimension, ceil(T / hop)], one stream of codes. The
/// audio is as long as the input or keeps all of its frames * hop samples. Throws Error for a missing or misshapen
/// tensor or config key.
std::unique_ptr<Codec> make_seanet_codec(const Card& card, const tensors::WeightScope& weights, AudioLength length);

}  // namespace cfo::codecs
