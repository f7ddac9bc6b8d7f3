// Integrated loudness of a recording (ITU-R BS.1770-4), as descriptinc/audiotools measures it
// (audiotools/core/loudness.py).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cfo::codecs {

/// wave [B, 1, T] float32 at `sample_rate` Hz -> [B] LUFS, -70 at the least. K-weighted power in blocks of 0.4 s, three
/// quarters of each shared with the next, without the blocks below -70 and those 10 below the mean of the rest; a wave
/// shorter than half a second is measured with zeros behind it. Works on the CPU, whatever the device of `wave`.
at::Tensor integrated_loudness(const at::Tensor& wave, int64_t sample_rate);

/// wave [B, 1, T] with each row at the loudness that `decibels` [B] gives, from its own `loudness` [B].
at::Tensor at_loudness(const at::Tensor& wave, const at::Tensor& loudness, const at::Tensor& decibels);

}  // namespace cfo::codecs
