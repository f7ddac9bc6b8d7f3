// SemantiCodec's decoder: a latent diffusion model that sees the tokens as context, an autoencoder that makes a mel
// spectrum of the latent, and a vocoder.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nodes/networks/codecs/card.h"
#include "nodes/networks/codecs/semanticodec/diffusion/ddim.h"
#include "nodes/networks/codecs/semanticodec/diffusion/unet.h"
#include "nodes/networks/codecs/semanticodec/diffusion/vae_decoder.h"
#include "nodes/networks/layers/backbones/hifigan.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// One window of tokens to its audio (haoheliu/SemantiCodec-inference,
/// semanticodec/modules/decoder/latent_diffusion/models/ddpm.py, LatentDiffusion.generate_sample).
class SemantiCodecDecoder {
 public:
  /// `tokens` of a window, each of `channels`. Takes scale_factor, model.diffusion_model (not its moving average
  /// model_ema, which the official script does not use either) and first_stage_model at the top of `weights`. Numbers:
  /// segment_frames, position_channels and the sections diffusion, unet, vae and vocoder of the card's config.
  SemantiCodecDecoder(const Card& card, const tensors::WeightScope& weights, int64_t tokens, int64_t channels);

  /// Tokens [B, channels, F], F at most a window's, filled up with -1 and with their positions: [B, window, channels +
  /// positions].
  at::Tensor context(const at::Tensor& tokens) const;
  /// The context that says nothing: zeros with positions, [1, window, channels + positions].
  at::Tensor no_context() const;
  /// Shape of one utterance's latent: channels, time, frequency.
  std::vector<int64_t> latent_shape() const { return latent_shape_; }
  /// A context's latent [B, latent_shape()...]: DDIM, each step guided away from what the model says without context.
  at::Tensor sample(const at::Tensor& context, const Ddim::Noise& noise) const;
  /// Latent -> mel spectrum [B, segment_frames, mel bands].
  at::Tensor mel(const at::Tensor& latent) const;
  /// Mel spectrum -> wave [B, 1, T], T a little more than segment_frames hops (the vocoder's first stage has an odd
  /// overlap).
  at::Tensor wave(const at::Tensor& mel) const;

  const Unet& unet() const { return unet_; }
  const Ddim& ddim() const { return ddim_; }

 private:
  int64_t tokens_;
  double guidance_;
  std::vector<int64_t> latent_shape_;
  at::Tensor positions_;  ///< [1, tokens, position channels]
  at::Tensor scale_;
  Ddim ddim_;
  Unet unet_;
  VaeDecoder vae_;
  layers::HifiGanGenerator vocoder_;
  int64_t channels_;
};

}  // namespace cfo::codecs
