// From features to a waveform by a predicted spectrum (Siuzdak 2023, "Vocos"; gemelo-ai/vocos, vocos/heads.py and
// spectral_ops.py).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

struct SpectrumHeadOptions {
  int64_t dimension = 384;  ///< of the features
  int64_t n_fft = 1280;     ///< also the window's length
  int64_t hop = 320;
};

/// A linear layer gives each frame's log magnitude and phase; an inverse STFT under a Hann window makes the wave, cut
/// by (n_fft - hop) / 2 at both ends: features [B, F, dimension] -> [B, 1, F * hop].
class SpectrumHead {
 public:
  /// Takes `out` at `scope`, and `istft.window` [n_fft] where it is stored (else the periodic Hann window).
  SpectrumHead(const tensors::WeightScope& scope, const SpectrumHeadOptions& options);
  at::Tensor operator()(const at::Tensor& features) const;

 private:
  at::Tensor overlap_add(const at::Tensor& frames) const;
  SpectrumHeadOptions options_;
  layers::Linear out_;
  at::Tensor window_;
};

}  // namespace cfo::codecs
