// X-Codec (Ye et al. 2024, "Codec Does Matter: Exploring the Semantic Shortcoming of Codec for Audio Language Model";
// zhenye234/xcodec, models/soundstream_semantic.py): DAC's encoder and HuBERT's hidden states behind one residual
// vector quantizer, and DAC's decoder.
#pragma once

#include <memory>

#include "nodes/networks/codecs/one_stream_codec.h"
#include "nodes/networks/codecs/xcodec/semantic_encoder.h"
#include "nodes/networks/layers/backbones/dac.h"
#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/layers/quantizers/residual_quantizer.h"
#include "nodes/networks/layers/ssl/ssl_encoder.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Latent [B, dimension, F], F HuBERT's frames of the wave with `edge_padding` zeros at each end; one stream of
/// card.codebooks codes a frame; audio [B, 1, F * hop], not trimmed.
class XCodec final : public OneStreamCodec<layers::ResidualVq> {
 public:
  /// Tensor names are those of xcodec_speech_hubert_librispeech.pth. Throws Error for a missing or misshapen tensor or
  /// config key.
  XCodec(const Card& card, const tensors::WeightScope& weights);

  /// Throws Error for a wave shorter than DAC's encoder can take (312 samples for the published strides), as the
  /// official code does.
  Latent encode(const at::Tensor& wave) const override;
  at::Tensor synthesize(const Latent& quantized) const override;

  // What lies between, each [B, channels, F].
  at::Tensor semantic_features(const at::Tensor& wave) const;     ///< the mean of HuBERT's hidden states
  at::Tensor semantic_encoded(const at::Tensor& features) const;  ///< of what semantic_features gives
  at::Tensor acoustic_encoded(const at::Tensor& wave) const;      ///< in as many frames
  at::Tensor joined(const at::Tensor& acoustic, const at::Tensor& semantic) const;  ///< the latent of these two
  at::Tensor decoder_input(const at::Tensor& quantized) const;  ///< of the quantizer's sum [B, dimension, F]

 private:
  at::Tensor scaled(const at::Tensor& wave) const;
  at::Tensor padded(const at::Tensor& wave) const;

  double input_scale_;
  int64_t edge_padding_;  ///< samples
  std::vector<int64_t> strides_;
  layers::DacEncoder encoder_;
  layers::SslEncoder hubert_;
  SemanticEncoder semantic_encoder_;
  layers::Linear prior_;
  layers::Linear posterior_;
  layers::DacDecoder decoder_;
};

std::unique_ptr<Codec> make_xcodec(const Card& card, const tensors::WeightScope& weights);

}  // namespace cfo::codecs
