// Mimi (Defossez et al. 2024, "Moshi: a speech-text foundation model for real-time dialogue"; kyutai-labs/moshi,
// moshi/models/compression.py, MimiModel): a causal SEANet with a transformer on either side of a split residual
// quantizer whose first codebook is semantic.
#pragma once

#include <memory>

#include "nodes/networks/codecs/mimi/split_quantizer.h"
#include "nodes/networks/codecs/mimi/transformer.h"
#include "nodes/networks/codecs/one_stream_codec.h"
#include "nodes/networks/layers/backbones/seanet.h"
#include "nodes/networks/layers/basic/conv.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Latent [B, dimension, F] with F = ceil(T / hop), the wave being extended with zeros to whole frames; one stream of
/// card.codebooks codes, the semantic ones first; audio [B, 1, F * hop], not trimmed. SEANet and the transformers work
/// on `resample` * F frames.
class Mimi final : public OneStreamCodec<SplitVq> {
 public:
  /// Tensor names are those of tokenizer-e351c8d8-checkpoint125.safetensors. Throws Error for a missing or misshapen
  /// tensor or config key.
  Mimi(const Card& card, const tensors::WeightScope& weights);

  Latent encode(const at::Tensor& wave) const override;
  at::Tensor synthesize(const Latent& quantized) const override;

  // What lies between, each [B, dimension, resample * F].
  at::Tensor encoder_seanet(const at::Tensor& wave) const;           ///< of wave [B, 1, T]
  at::Tensor encoder_transformer(const at::Tensor& features) const;  ///< of what encoder_seanet gives
  at::Tensor upsampled(const at::Tensor& quantized) const;           ///< of the decoder's input [B, dimension, F]
  at::Tensor decoder_transformer(const at::Tensor& features) const;  ///< of what upsampled gives

 private:
  layers::SeanetEncoder encoder_;
  Transformer encoder_transformer_;
  layers::Conv1d down_;
  layers::ConvTranspose1d up_;
  Transformer decoder_transformer_;
  layers::SeanetDecoder decoder_;
};

std::unique_ptr<Codec> make_mimi(const Card& card, const tensors::WeightScope& weights);

}  // namespace cfo::codecs
