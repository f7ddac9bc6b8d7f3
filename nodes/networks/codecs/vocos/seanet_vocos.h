// What Vocos on EnCodec's codes, WavTokenizer and Language-Codec share: a SEANet encoder, Euclidean codebooks, and a
// Vocos decoder.
#pragma once

#include <memory>
#include <string>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/codecs/vocos/convnext.h"
#include "nodes/networks/codecs/vocos/masked_quantizer.h"
#include "nodes/networks/codecs/vocos/spectrum_head.h"
#include "nodes/networks/layers/backbones/seanet.h"
#include "nodes/networks/layers/quantizers/residual_quantizer.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Latent [B, dimension, ceil(T / hop)]; one stream of card.codebooks codes a frame; audio of all frames, F * hop
/// samples, which is what the official scripts keep. Not chunkable: the LSTM and, where there is one, the attention see
/// the whole utterance.
class SeanetVocos final : public Codec {
 public:
  /// `encodec` holds encoder.* and quantizer.vq.layers.<i>._codebook.embed; backbone.* and head.* lie at the top of
  /// `weights`, and so does feature_extractor.codebook_weights, the decoder's own rows where they are published
  /// (Vocos). Numbers: see seanet_options, and in the section `vocos`: dimension, inner, blocks, condition,
  /// position_net, n_fft; `masked_codebooks` (MaskedResidualVq).
  SeanetVocos(const Card& card, const tensors::WeightScope& weights, const tensors::WeightScope& encodec);

  Latent encode(const at::Tensor& wave) const override;
  Codes quantize(const Latent& latent) const override;
  Latent dequantize(const Codes& codes) const override;
  at::Tensor synthesize(const Latent& quantized) const override;

  /// The backbone's features [B, F, dimension] of a decoder's input.
  at::Tensor backbone(const Latent& quantized) const;

 private:
  layers::SeanetEncoder encoder_;
  MaskedResidualVq quantizer_;
  layers::ResidualVq rows_;
  VocosBackbone backbone_;
  SpectrumHead head_;
};

}  // namespace cfo::codecs
