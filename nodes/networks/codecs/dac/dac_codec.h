// What the Descript Audio Codec and its kin (SNAC, BigCodec, FACodec) share: DAC-shaped halves and factorised
// codebooks, as the card says.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/codecs/config.h"
#include "nodes/networks/layers/backbones/dac.h"
#include "nodes/networks/layers/quantizers/residual_quantizer.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Numbers of the encoder from a card's `config`: encoder_width, latent, strides (in the encoder's order); depthwise,
/// noise, whole_upsampling, anti_aliased, lstm_layers and attention_window where they are not DAC's (false, 0). Throws
/// Error for a missing or mistyped one.
layers::DacOptions dac_encoder_options(const Config& config);
/// The same for the decoder: decoder_width, and the strides backwards.
layers::DacOptions dac_decoder_options(const Config& config);

/// Codebooks 0 .. count - 1 at `scope`, of the card's size and its config's `codebook_dimension`, their rows under the
/// name `rows`.
std::vector<layers::FactorisedCodebook> factorised_codebooks(const Card& card, const tensors::WeightScope& scope,
                                                             int64_t count, std::string_view rows);

/// Frames that DAC's encoder makes of a wave of at least shortest_encoded(strides) samples.
int64_t encoder_frames(int64_t samples, const std::vector<int64_t>& strides);
/// Samples that it needs for one frame.
int64_t shortest_encoded(const std::vector<int64_t>& strides);

/// The wave with zeros on the right up to the next multiple of `unit` samples.
at::Tensor filled_to(const at::Tensor& wave, int64_t unit);

/// Where a model's tensors lie.
struct DacPlaces {
  tensors::WeightScope encoder, codebooks, decoder;
  std::string_view rows = "codebook";  ///< name of a codebook's table
};

/// What is added to a wave whose length is a multiple of the hop already.
enum class WholeFrames { nothing, one_more };

/// Zero-padded on the right to whole frames; latent [B, latent, F]; one stream of card.codebooks codes a frame; audio
/// untrimmed.
std::unique_ptr<Codec> make_dac_codec(const Card& card, const DacPlaces& places, WholeFrames whole);

}  // namespace cfo::codecs
