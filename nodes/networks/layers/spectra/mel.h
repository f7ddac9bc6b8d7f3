// Mel spectra.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::layers {

struct MelOptions {
  int64_t sample_rate = 16000;  ///< Hz
  int64_t n_fft = 1024;
  int64_t hop = 200;     ///< samples
  int64_t window = 800;  ///< samples of the Hann window, centred in n_fft
  int64_t bands = 80;
  int64_t kept = 80;  ///< the lowest bands, which come out
  double lowest = 0;  ///< Hz
  double highest = 8000;
};

enum class MelScaling {
  area,   ///< triangles of area 1 over Hz
  height  ///< triangles of height 1
};

/// Slaney's mel filters (librosa.filters.mel with htk=False: linear to 1000 Hz, logarithmic above; area 1 is its
/// default norm); float32 [bands, n_fft / 2 + 1].
at::Tensor slaney_mel_filters(const MelOptions& options, MelScaling scaling = MelScaling::area);

/// Natural logarithm of the mel magnitudes as HiFi-GAN takes them (jik876/hifi-gan, meldataset.py): (n_fft - hop) / 2
/// mirrored samples at both ends, frames of n_fft, sqrt(|spectrum|^2 + 1e-9), at least 1e-5 a band. wave [B, 1, T], T >
/// (n_fft - hop) / 2 -> [B, kept, T / hop].
class LogMel {
 public:
  /// Takes mel_basis [bands, n_fft / 2 + 1] and hann_window [window] at `scope` where they are stored.
  LogMel(const tensors::WeightScope& scope, const MelOptions& options);
  at::Tensor operator()(const at::Tensor& wave) const;

 private:
  MelOptions options_;
  at::Tensor filters_;  ///< [kept, n_fft / 2 + 1]
  at::Tensor window_;
};

/// log(1 + mel magnitude) as NeMo's spectral codecs take it (NVIDIA/NeMo,
/// collections/asr/parts/preprocessing/features.py, FilterbankFeatures with exact_pad and mel_norm None, as of 2024;
/// later versions pad with zeros and drop the last frame): frames as LogMel's, a symmetric Hann window, filters of
/// height 1. wave [B, 1, T], T > (n_fft - hop) / 2 -> [B, bands, T / hop].
class LogOneMel {
 public:
  /// Takes fb [1, bands, n_fft / 2 + 1] and window [window] at `scope` where they are stored.
  LogOneMel(const tensors::WeightScope& scope, const MelOptions& options);
  at::Tensor operator()(const at::Tensor& wave) const;

 private:
  MelOptions options_;
  at::Tensor filters_;  ///< [bands, n_fft / 2 + 1]
  at::Tensor window_;
};

}  // namespace cfo::layers
