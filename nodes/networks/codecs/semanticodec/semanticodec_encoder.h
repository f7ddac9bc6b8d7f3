// SemantiCodec's encoder: AudioMAE features of a segment of audio, their nearest k-means centroids, and what an LSTM
// adds to these.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nodes/networks/codecs/card.h"
#include "nodes/networks/codecs/semanticodec/audio_mae.h"
#include "nodes/networks/codecs/semanticodec/fbank.h"
#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/layers/basic/recurrent.h"
#include "nodes/networks/layers/quantizers/residual_quantizer.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// The steps that lead from audio to the two quantizers (haoheliu/SemantiCodec-inference,
/// semanticodec/modules/encoder/encoder.py, AudioMAEConditionQuantResEncoder). A segment is `segment_frames` filter
/// bank frames (10.24 s); segments do not see each other.
class SemantiCodecEncoder {
 public:
  /// Takes centroid_npy [vocabulary, feature], audiomae.model, encoder (the LSTM) and encoder_output_linear at the top
  /// of `weights`. Numbers: the sections fbank and audiomae, segment_frames, grouping, semantic_codebook and
  /// lstm_layers of the card's config.
  SemantiCodecEncoder(const Card& card, const tensors::WeightScope& weights);

  /// wave [B, 1, T] -> normalised filter bank features [B, segments * segment_frames, bands] of the wave filled with
  /// zeros to whole segments; a wave of whole segments gets one more. The mean of all of it is taken off first, so the
  /// filling is not silent.
  at::Tensor fbank(const at::Tensor& wave) const;
  /// The same cut into segments: [B * segments, segment_frames, bands].
  at::Tensor segments(const at::Tensor& fbank) const;
  /// AudioMAE's patches [N, patches, width] of segments.
  at::Tensor patches(const at::Tensor& segments) const { return audiomae_(segments); }
  /// Neighbouring patches joined to tokens: [N, feature, tokens].
  at::Tensor features(const at::Tensor& patches) const;
  /// Frames up to the last one that says anything (whose bands are not all the same): int64 [N].
  at::Tensor heard_frames(const at::Tensor& segments) const;
  /// What the LSTM gets: [N, 2 feature, tokens], features over their centroids; -1 where nothing was heard any more.
  at::Tensor joined(const at::Tensor& features, const at::Tensor& codes, const at::Tensor& heard_frames) const;
  /// The LSTM's output [N, 4 feature, tokens].
  at::Tensor hidden(const at::Tensor& joined) const { return lstm_(joined); }
  /// What the acoustic quantizer gets: [N, feature, tokens].
  at::Tensor latent(const at::Tensor& hidden) const { return out_(hidden.transpose(1, 2)).transpose(1, 2); }

  /// Codes are int64 [N, 1, tokens].
  const layers::ResidualVq& semantic() const { return semantic_; }
  /// Channels of a token's feature.
  int64_t feature() const { return feature_; }
  int64_t segment_tokens() const { return tokens_; }
  int64_t segment_samples() const { return frames_ * fbank_options_.hop; }
  /// Tokens that the official script keeps for an utterance of `samples`.
  int64_t tokens_of(int64_t samples) const;
  /// Samples that it keeps for `tokens`.
  int64_t samples_of(int64_t tokens) const;

 private:
  int64_t sample_rate_;
  FbankOptions fbank_options_;
  int64_t frames_;                        ///< of a segment
  double mean_, deviation_;               ///< of the features
  int64_t patch_;                         ///< frames and bands of a patch
  int64_t group_time_, group_frequency_;  ///< patches that make a token
  int64_t feature_, tokens_;
  Fbank fbank_;
  AudioMae audiomae_;
  layers::ResidualVq semantic_;
  layers::Lstm lstm_;
  layers::Linear out_;
};

}  // namespace cfo::codecs
