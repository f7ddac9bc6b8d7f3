// Spectral Codec (Langman et al. 2024, "Spectral Codecs: Improving non-autoregressive speech synthesis with
// spectrogram-based audio codecs"; NVIDIA/NeMo, collections/tts/modules/audio_codec_modules.py): the mel spectrum,
// whole or each band by a network of its own, is encoded and rounded to a finite scalar code; a HiFi-GAN makes the
// wave.
#pragma once

#include <memory>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/layers/spectra/mel.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Latent [B, codebooks * channels of one, F], F = ceil(T / hop); one stream of card.codebooks codes a frame; audio of
/// F * hop samples in [-1, 1], not trimmed, as the official code has it. Takes T samples of at least as many frames as
/// every mirrored convolution needs (4 in the published models). Tensor names are those of model_weights.ckpt in the
/// .nemo file, config keys those of its model_config.yaml; mel and filters are computed where the file lacks them.
/// Throws Error for a missing or misshapen tensor or config key.
std::unique_ptr<Codec> make_spectralcodec(const Card& card, const tensors::WeightScope& weights);

/// The mel spectrum that such a card asks for.
layers::MelOptions spectralcodec_mel(const Card& card);

}  // namespace cfo::codecs
