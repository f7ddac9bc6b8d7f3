#include "nodes/networks/layers/basic/snake_kernels.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "nodes/networks/tensors/vectorised.h"

namespace cfo::layers::kernels {
namespace {

/// Up to here the multiple of pi that is taken away is exact in its first two parts.
constexpr float largest_reduced = 8000.0F;
constexpr int64_t block = 1024;

/// sin(z)^2 for |z| <= largest_reduced: z less a multiple of pi, which the square does not see, and the polynomial of
/// least largest error (7.6e-9) for sin on -pi/2 .. pi/2.
inline float squared_sine(float z) {
  constexpr float per_pi = 0.318309886183790672F, pi_high = 3.140625F, pi_middle = 9.67502593994140625e-4F,
                  pi_low = 1.509957990978376e-7F;
  constexpr float rounder = 12582912.0F;  // 1.5 * 2^23: adding it rounds to the nearest integer
  const float n = (z * per_pi + rounder) - rounder;
  const float r = ((z - n * pi_high) - n * pi_middle) - n * pi_low;
  const float s = r * r;
  float p = 2.6089326028e-6F;
  p = p * s - 1.9811112722e-4F;
  p = p * s + 8.3330881668e-3F;
  p = p * s - 1.6666660462e-1F;
  const float sine = r + r * s * p;
  return sine * sine;
}

/// The largest absolute value; of finite numbers the bits without the sign are in the same order, and those of infinity
/// and NaN are above them.
CFO_WITH_AVX2 float largest_of(const float* x, int64_t count) {
  int32_t largest = 0;
  for (int64_t i = 0; i < count; ++i) largest = std::max(largest, std::bit_cast<int32_t>(x[i]) & 0x7FFFFFFF);
  return std::bit_cast<float>(largest);
}

CFO_WITH_AVX2 void snake_of_small(const float* x, int64_t count, float frequency, float scale, float* y) {
  for (int64_t i = 0; i < count; ++i) y[i] = x[i] + scale * squared_sine(frequency * x[i]);
}

/// even and odd [length] from x [-3 .. length + 2].
CFO_WITH_AVX2 void twice_the_rate(const float* x, int64_t length, const AntiAliasing& filters, float* even,
                                  float* odd) {
  for (int64_t t = 0; t < length; ++t) {
    float first = 0, second = 0;
    for (int64_t k = 0; k < 7; ++k) {
      first += filters.even[k] * x[t + k - 3];
      second += filters.odd[k] * x[t + k - 3];
    }
    even[t] = first;
    odd[t] = second;
  }
}

/// y [length] from even [-2 .. length + 2] and odd [-3 .. length + 1].
CFO_WITH_AVX2 void half_the_rate(const float* even, const float* odd, int64_t length, const AntiAliasing& filters,
                                 float* y) {
  for (int64_t t = 0; t < length; ++t) {
    float sum = 0;
    for (int64_t k = 0; k < 6; ++k)
      sum += filters.down_even[k] * even[t + k - 2] + filters.down_odd[k] * odd[t + k - 3];
    y[t] = sum;
  }
}

}  // namespace

void snake(const float* x, int64_t count, float frequency, float scale, float* y) {
  for (int64_t begin = 0; begin < count; begin += block) {
    const int64_t here = std::min(block, count - begin);
    if (largest_of(x + begin, here) * std::abs(frequency) <= largest_reduced) {
      snake_of_small(x + begin, here, frequency, scale, y + begin);
      continue;
    }
    for (int64_t i = begin; i < begin + here; ++i) {
      const float sine = std::sin(frequency * x[i]);
      y[i] = x[i] + scale * sine * sine;
    }
  }
}

void anti_aliased_snake(const float* x, int64_t length, const AntiAliasing& filters, float frequency, float scale,
                        float* y) {
  constexpr int64_t margin = 3, line = block + 4 * margin;
  std::array<float, 3 * line> scratch;
  float *const wave = scratch.data() + margin, *const even = wave + line, *const odd = even + line;
  // Block by block, each with the samples around it that its filters reach.
  for (int64_t begin = 0; begin < length; begin += block) {
    const int64_t here = std::min(block, length - begin);
    const int64_t first = std::max<int64_t>(0, begin - margin), last = std::min(length, begin + here + margin);
    const int64_t count = last - first, before = std::min(first, margin), after = std::min(length - last, margin);
    std::copy_n(x + first - before, before + count + after, wave - before);
    std::fill_n(wave - margin, margin - before, x[0]);
    std::fill_n(wave + count + after, margin - after, x[length - 1]);
    twice_the_rate(wave, count, filters, even, odd);
    snake(even, count, frequency, scale, even);
    snake(odd, count, frequency, scale, odd);
    for (int64_t i = 1; i <= margin && first == 0; ++i) even[-i] = odd[-i] = even[0];
    for (int64_t i = 0; i < margin && last == length; ++i) even[count + i] = odd[count + i] = odd[count - 1];
    half_the_rate(even + begin - first, odd + begin - first, here, filters, y + begin);
  }
}

}  // namespace cfo::layers::kernels
