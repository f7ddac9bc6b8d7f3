// Spectra as three real channels: magnitude, and the phase as a point on the unit circle (modelscope/FunCodec,
// funcodec/models/codec_freq.py, codec_domain mag_phase).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cfo::codecs {

/// A short-time Fourier transform whose frames are centred on the multiples of the hop.
struct Stft {
  int64_t n_fft = 512;
  int64_t hop = 160;  ///< samples
  at::Tensor window;  ///< [n_fft]
};

/// Fewest samples that `magnitude_and_phase` takes: half a frame is mirrored at each end.
constexpr int64_t shortest_wave(int64_t n_fft) { return n_fft / 2 + 1; }

/// log |X|, Re X / |X| and Im X / |X|, |X| at least 1e-6: wave [B, 1, T] -> [B, 3, n_fft / 2 + 1, 1 + T / hop].
at::Tensor magnitude_and_phase(const at::Tensor& wave, const Stft& stft);

/// The wave of the spectrum softplus(p0) * (p1 + i p2), whose phase part is not brought to length 1: parts [B, 3, n_fft
/// / 2 + 1, F] -> [B, 1, (F - 1) * hop].
at::Tensor wave_from_magnitude_and_phase(const at::Tensor& parts, const Stft& stft);

}  // namespace cfo::codecs
