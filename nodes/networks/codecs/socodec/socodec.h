// SoCodec (Guo et al. 2024, "SoCodec: A Semantic-Ordered Multi-Stream Speech Codec for Efficient Language Model Based
// Text-to-Speech Synthesis"; hhguo/SoCodec, example.py, socodec/tasks/neural_codec.py,
// socodec/networks/vqvae/staged_vqvae.py): semantic features of HuBERT, coded at a few frames a second by an ordered
// product quantizer, and a speaker vector, from which two decoders make a mel for a BigVGAN vocoder.
#pragma once

#include <memory>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/codecs/socodec/bigvgan.h"
#include "nodes/networks/codecs/socodec/ecapa_tdnn.h"
#include "nodes/networks/codecs/socodec/product_quantizer.h"
#include "nodes/networks/codecs/socodec/staged_vqvae.h"
#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/layers/spectra/mel.h"
#include "nodes/networks/layers/ssl/ssl_encoder.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Latent [B, D, F] before the quantizer, with extra "speaker" [B, width]; codes [B, K, F] with the same; audio [B, 1,
/// F * hop], which keeps the silence put before the wave, as the official script's does. The first K codes alone decode
/// too (the other groups' part is zeros).
class SoCodec final : public Codec {
 public:
  /// Tensors are those of the three published files together. Throws Error for a missing or misshapen tensor or config
  /// key.
  SoCodec(const Card& card, const tensors::WeightScope& weights);

  Latent encode(const at::Tensor& wave) const override;
  Codes quantize(const Latent& latent) const override;
  Latent dequantize(const Codes& codes) const override;
  at::Tensor synthesize(const Latent& quantized) const override;

  // What the calls above run one after the other, for who needs what lies between.

  /// wave [B, 1, T] between the silence before and after it: [B, 1, L].
  at::Tensor filled(const at::Tensor& wave) const;
  /// filled wave -> log mel [B, bands, M].
  at::Tensor mel(const at::Tensor& filled) const { return mel_(filled); }
  /// filled wave -> HuBERT's last layer [B, semantic width, L / semantic hop rounded up].
  at::Tensor semantic_features(const at::Tensor& filled) const;
  /// semantic features -> [B, width, F].
  at::Tensor encoder_output(const at::Tensor& features) const { return encoder_(features); }
  /// encoder output -> the quantizer's input [B, D, F].
  at::Tensor latent(const at::Tensor& encoder_output) const;
  /// log mel -> [B, width].
  at::Tensor speaker(const at::Tensor& mel) const { return speaker_(mel); }
  /// quantized [B, width, F] and speaker -> the semantic decoder's last hidden state [B, width, ...].
  at::Tensor semantic_hidden(const at::Tensor& quantized, const at::Tensor& speaker) const;
  /// that state and the speaker -> log mel [B, bands, ...].
  at::Tensor predicted_mel(const at::Tensor& hidden, const at::Tensor& speaker) const;
  /// log mel -> wave [B, 1, ...].
  at::Tensor vocode(const at::Tensor& mel) const { return vocoder_(mel); }

 private:
  int64_t lead_in_;        ///< samples
  int64_t semantic_tail_;  ///< samples of silence that HuBERT hears after the filled wave
  int64_t semantic_hop_;   ///< samples
  layers::SslEncoder hubert_;
  layers::LogMel mel_;
  EcapaTdnn speaker_;
  StagedEncoder encoder_;
  layers::Linear project_in_;
  ProductVq quantizer_;
  layers::Linear project_out_;
  StagedDecoder semantic_decoder_, mel_decoder_;
  CausalConv1d mel_out_;
  BigVgan vocoder_;
};

std::unique_ptr<Codec> make_socodec(const Card& card, const tensors::WeightScope& weights);

}  // namespace cfo::codecs
