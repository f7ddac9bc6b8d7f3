// Snake activations in one pass over memory, which ATen's operators cross five times and more.
#pragma once

#include <cstdint>

namespace cfo::layers::kernels {

/// y = x + scale * sin(frequency * x)^2 over `count` numbers; y may be x. Within 2e-7 of scale times the exact square,
/// for any argument.
void snake(const float* x, int64_t count, float frequency, float scale, float* y);

/// The filters of an anti-aliased activation (nodes/networks/layers/basic/anti_aliased.h), by the samples that they fall on.
struct AntiAliasing {
  float even[7], odd[7];  ///< upsampling: what samples t - 3 .. t + 3 give to 2 t and to 2 t + 1
  float down_even[6],
      down_odd[6];  ///< downsampling: taps on samples 2 (t - 2) .. 2 (t + 3), 2 (t - 3) + 1 .. 2 (t + 2) + 1
};

/// Twice the rate, snake, the old rate again, of one channel, with its first and last sample repeated beyond its ends:
/// x [length] -> y [length], length at least 1; y is other memory than x.
void anti_aliased_snake(const float* x, int64_t length, const AntiAliasing& filters, float frequency, float scale,
                        float* y);

}  // namespace cfo::layers::kernels
