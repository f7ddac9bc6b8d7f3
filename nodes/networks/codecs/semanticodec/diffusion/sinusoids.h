// Positions as sines and cosines (Vaswani et al. 2017).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cfo::codecs {

/// float32 [count, channels], channels even: sines of position / 10000 ^ (2 i / channels) in channel 2 i and cosines in
/// channel 2 i + 1. The angles are rounded to float32, as networks that were trained with such tables compute them.
at::Tensor sinusoids(int64_t count, int64_t channels);

}  // namespace cfo::codecs
