// UTMOS's own way to another sample rate. Everything else in CFO uses libsoxr (storage/audio/audio.h); a score is only the
// published one when its input was resampled as the published code does it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cfo::quality {

/// wave [B, T] at `from` Hz -> [B, ceil(T * to / from)] at `to` Hz, by a sinc low-pass of 6 zero crossings and rolloff
/// 0.99 under a Hann window (torchaudio.functional.resample with its defaults; pytorch/audio,
/// src/torchaudio/functional/functional.py). Equal rates give `wave` itself. Throws Error for rates below 1 Hz.
at::Tensor sinc_resample(const at::Tensor& wave, int64_t from, int64_t to);

}  // namespace cfo::quality
