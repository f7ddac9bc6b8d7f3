// UTMOS: a speech naturalness score as listeners would give it (Saeki et al. 2022, "UTMOS: UTokyo-SaruLab system for
// VoiceMOS Challenge 2022"), its strong learner without the phoneme encoder, as tarepan/SpeechMOS publishes it
// (speechmos/utmos22/strong/model.py, speechmos/utmos22/fairseq_alt.py).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/layers/basic/recurrent.h"
#include "nodes/networks/layers/ssl/ssl_encoder.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::quality {

struct UtmosOptions {
  layers::SslOptions encoder;      ///< wav2vec 2.0
  int64_t domain_embedding = 128;  ///< of the listening test
  int64_t judge_embedding = 128;   ///< of the listener
  int64_t hidden = 512;            ///< of the BLSTM, in each direction
  int64_t projection = 2048;
};

/// The published utmos22_strong: wav2vec 2.0 base; 102,772,865 parameters.
UtmosOptions utmos22_strong();

/// Whether the published file holds the tensor `name` for training only.
bool is_unused_in_utmos(std::string_view name);

/// Scores from 1 (bad) to 5 (excellent), about. There is no padding mask, and the first layer normalises over all of
/// the time: score utterances of different lengths one by one.
///
///     const Utmos utmos({storage::read_checkpoint(file), file.string()}, utmos22_strong());
///     const double score = utmos.score(sinc_resample(wave, rate, Utmos::sample_rate)).item<double>();
class Utmos {
 public:
  static constexpr int64_t sample_rate = 16000;  ///< Hz

  /// Throws Error for a missing or misshapen tensor.
  Utmos(const tensors::WeightScope& weights, const UtmosOptions& options);

  /// wave [B, T] at sample_rate, in [-1, 1] -> [B]. Throws Error for a wave shorter than shortest().
  at::Tensor score(const at::Tensor& wave) const;
  int64_t shortest() const { return encoder_.shortest(); }  ///< samples

  // The stages; `units` are the encoder's last hidden states.
  const layers::SslEncoder& encoder() const { return encoder_; }
  at::Tensor recurrent(const at::Tensor& units) const;         ///< [B, F, width] -> [B, F, 2 hidden]
  at::Tensor frame_scores(const at::Tensor& recurrent) const;  ///< [B, F, 2 hidden] -> [B, F]
  static at::Tensor pooled(const at::Tensor& frame_scores);    ///< [B, F] -> [B]

 private:
  layers::SslEncoder encoder_;
  at::Tensor domain_, judge_;
  layers::Lstm blstm_;
  layers::Linear wide_, narrow_;
};

}  // namespace cfo::quality
