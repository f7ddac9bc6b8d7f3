#include "nodes/networks/detectors/aasist/encoder_kernels.h"

#include <algorithm>
#include <bit>

#include "nodes/networks/tensors/vectorised.h"

namespace cfo::detectors::kernels {
namespace {

constexpr float selu_scale = 1.0507009873554804934193349852946F;
constexpr float selu_scale_alpha = selu_scale * 1.6732632423543772848170429916717F;

/// exp(x) for x <= 0 within 2 units in the last place, without a branch: 2^n * exp(r) with |r| <= ln(2) / 2, and the
/// polynomial of Cephes's expf (Moshier). std::exp would keep the loops from being vectorised.
inline float exp_of_negative(float x) {
  constexpr float log2e = 1.44269504088896341F, ln2_high = 0.693359375F, ln2_low = -2.12194440e-4F, lowest = -87.0F;
  constexpr float rounder = 12582912.0F;  // 1.5 * 2^23: adding it rounds to the nearest integer
  x = x < lowest ? lowest : x;
  const float shifted = x * log2e + rounder;
  const float n = shifted - rounder;
  const float r = x - n * ln2_high - n * ln2_low;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  const float result = p * r * r + r + 1.0F;
  return result * std::bit_cast<float>((std::bit_cast<int32_t>(shifted) << 23) + 0x3F800000);
}

inline float selu(float x) {
  const float positive = x > 0 ? x : 0.0F;
  return selu_scale * positive + selu_scale_alpha * (exp_of_negative(x - positive) - 1.0F);
}

constexpr int64_t most_channels = 256;
constexpr int64_t block_rows = 256;  // summed in single precision before they join the double sums

/// Calls `add(row, first, second)` on each row with single-precision sums of its block.
template <typename Add>
ChannelSums block_sums(int64_t rows, int64_t channels, Add&& add) {
  ChannelSums sums{std::vector<double>(static_cast<std::size_t>(channels)),
                   std::vector<double>(static_cast<std::size_t>(channels))};
  std::vector<float> block(static_cast<std::size_t>(2 * channels));
  for (int64_t begin = 0; begin < rows; begin += block_rows) {
    std::fill(block.begin(), block.end(), 0.0F);
    for (int64_t row = begin; row < std::min(rows, begin + block_rows); ++row)
      add(row, block.data(), block.data() + channels);
    for (std::size_t c = 0; c < sums.first.size(); ++c) {
      sums.first[c] += block[c];
      sums.second[c] += block[c + sums.first.size()];
    }
  }
  return sums;
}

}  // namespace

CFO_WITH_AVX2 void pool_sum_by_3(const float* a, const float* b, MapShape shape, float* out, uint8_t* place) {
  const int64_t channels = shape.channels, groups = shape.columns / 3;
  for (int64_t line = 0; line < shape.lines; ++line) {
    for (int64_t group = 0; group < groups; ++group) {
      const int64_t from = (line * shape.columns + 3 * group) * channels, to = (line * groups + group) * channels;
      const float* __restrict x = a + from, * __restrict y = b + from;
      int32_t which[most_channels];
      for (int64_t c = 0; c < channels; ++c) {
        const float v0 = x[c] + y[c], v1 = x[c + channels] + y[c + channels],
                    v2 = x[c + 2 * channels] + y[c + 2 * channels];
        const float v01 = v1 > v0 ? v1 : v0;
        const int32_t first = v1 > v0 ? 1 : 0;
        out[to + c] = v2 > v01 ? v2 : v01;
        which[c] = v2 > v01 ? 2 : first;
      }
      for (int64_t c = 0; c < channels; ++c) place[to + c] = static_cast<uint8_t>(which[c]);
    }
  }
}

CFO_WITH_AVX2 void unpool_by_3(const float* gradient, const uint8_t* place, MapShape shape, float* out) {
  const int64_t channels = shape.channels, groups = shape.columns / 3;
  for (int64_t line = 0; line < shape.lines; ++line) {
    float* const line_out = out + line * shape.columns * channels;
    for (int64_t group = 0; group < groups; ++group) {
      const int64_t from = (line * groups + group) * channels;
      const float* __restrict g = gradient + from;
      const uint8_t* __restrict which = place + from;
      for (int part = 0; part < 3; ++part) {
        float* __restrict to = line_out + (3 * group + part) * channels;
        for (int64_t c = 0; c < channels; ++c) to[c] = which[c] == part ? g[c] : 0.0F;
      }
    }
    std::fill(line_out + 3 * groups * channels, line_out + shape.columns * channels, 0.0F);
  }
}

CFO_WITH_AVX2 ChannelSums moments(const float* x, int64_t rows, int64_t channels, const float* shift) {
  return block_sums(rows, channels, [=](int64_t row, float* __restrict first, float* __restrict second) {
    const float* __restrict values = x + row * channels;
    for (int64_t c = 0; c < channels; ++c) {
      const float difference = values[c] - shift[c];
      first[c] += difference;
      second[c] += difference * difference;
    }
  });
}

CFO_WITH_AVX2 void scale_selu(const float* x, int64_t rows, int64_t channels, const float* scale, const float* offset,
                              float* y) {
  for (int64_t row = 0; row < rows; ++row) {
    const float* __restrict from = x + row * channels;
    float* __restrict to = y + row * channels;
    for (int64_t c = 0; c < channels; ++c) to[c] = selu(from[c] * scale[c] + offset[c]);
  }
}

CFO_WITH_AVX2 void selu(float* x, int64_t count) {
  for (int64_t i = 0; i < count; ++i) x[i] = selu(x[i]);
}

CFO_WITH_AVX2 ChannelSums selu_gradient(const float* dy, const float* y, const float* x, int64_t rows, int64_t channels,
                                        const float* mean, float* dz) {
  return block_sums(rows, channels, [=](int64_t row, float* __restrict first, float* __restrict second) {
    const int64_t at = row * channels;
    const float* __restrict gradient = dy + at, * __restrict value = y + at, * __restrict input = x + at;
    float* __restrict result = dz + at;
    for (int64_t c = 0; c < channels; ++c) {
      const float slope = value[c] > 0 ? selu_scale : value[c] + selu_scale_alpha;
      result[c] = gradient[c] * slope;
      first[c] += result[c];
      second[c] += result[c] * (input[c] - mean[c]);
    }
  });
}

CFO_WITH_AVX2 void norm_gradient(const float* x, int64_t rows, int64_t channels, const ChannelGradient& gradient,
                                 float* dz) {
  const auto [scale, offset, slope, mean] = gradient;
  for (int64_t row = 0; row < rows; ++row) {
    const float* __restrict input = x + row * channels;
    float* __restrict result = dz + row * channels;
    for (int64_t c = 0; c < channels; ++c)
      result[c] = scale[c] * (result[c] - offset[c] - slope[c] * (input[c] - mean[c]));
  }
}

}  // namespace cfo::detectors::kernels
