// SemantiCodec (Liu et al. 2024, "SemantiCodec: an ultra low bitrate semantic audio codec for general sound";
// haoheliu/SemantiCodec-inference, semanticodec/main.py).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/codecs/semanticodec/semanticodec_decoder.h"
#include "nodes/networks/codecs/semanticodec/semanticodec_encoder.h"
#include "nodes/networks/layers/quantizers/residual_quantizer.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Latent [B, feature, tokens of whole segments] with the extra `semantic_codes` int64 [B, 1, tokens]; one stream [B,
/// 2, F], semantic and acoustic codes, F as the official script cuts it; audio of F * hop samples. The decoder's input
/// is [B, 2 feature, F], the acoustic rows over the semantic ones. Decoding is a diffusion: it draws from the
/// utterance's seed, or takes the extra `noise` [B, 1 + steps, channels, time, frequency] (draw 0 is the start) for
/// every window of 10.24 s.
class SemantiCodec final : public Codec {
 public:
  /// See SemantiCodecEncoder and SemantiCodecDecoder; takes quantizer._codebook.embed [1, size, feature] besides.
  /// Numbers: acoustic_codebook and overlap.
  SemantiCodec(const Card& card, const tensors::WeightScope& weights);

  Latent encode(const at::Tensor& wave) const override;
  Codes quantize(const Latent& latent) const override;
  Latent dequantize(const Codes& codes) const override;
  at::Tensor synthesize(const Latent& quantized) const override;
  std::vector<int64_t> codebook_sizes() const override;  ///< semantic, acoustic

  /// First tokens of the windows that `tokens` are decoded in.
  std::vector<int64_t> window_starts(int64_t tokens) const;
  const SemantiCodecEncoder& encoder() const { return encoder_; }
  const SemantiCodecDecoder& decoder() const { return decoder_; }

 private:
  Ddim::Noise noise_of(const Latent& quantized) const;
  at::Tensor joined(const at::Tensor& wave, const at::Tensor& next) const;
  double overlap_;  ///< of neighbouring windows, in windows
  SemantiCodecEncoder encoder_;
  layers::ResidualVq acoustic_;
  SemantiCodecDecoder decoder_;
};

std::unique_ptr<Codec> make_semanticodec(const Card& card, const tensors::WeightScope& weights);

}  // namespace cfo::codecs
