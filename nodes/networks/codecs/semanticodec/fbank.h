// Kaldi's filter bank features.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>

namespace cfo::codecs {

struct FbankOptions {
  int64_t sample_rate = 16000;  ///< Hz
  int64_t window = 400;         ///< samples
  int64_t hop = 160;            ///< samples
  int64_t n_fft = 512;          ///< at least `window`
  int64_t bands = 128;
  double lowest = 20;  ///< Hz
  double highest = 8000;
  double preemphasis = 0.97;
};

/// Triangles of height 1, equally spaced on the mel scale 1127 ln(1 + f / 700) and straight on it; float32 [n_fft / 2 +
/// 1, bands]. The bin at half the sample rate has no part in any (kaldi, feat/mel-computations.cc).
at::Tensor kaldi_mel_filters(const FbankOptions& options);

/// Natural logarithm of the power in mel bands (kaldi, feat/feature-fbank.cc; pytorch/audio,
/// torchaudio/compliance/kaldi.py, fbank without dither): of each whole frame the mean is taken off, then preemphasis,
/// a symmetric Hann window, the spectrum; a band has at least float32's epsilon. wave [B, T], T >= window -> [B, (T -
/// window) / hop + 1, bands].
class Fbank {
 public:
  Fbank(const FbankOptions& options, c10::Device device);
  at::Tensor operator()(const at::Tensor& wave) const;

 private:
  FbankOptions options_;
  at::Tensor window_;
  at::Tensor filters_;
};

}  // namespace cfo::codecs
