// Loops over maps with the channels innermost, [rows, channels] in memory: what ATen does slowly or, on long maps,
// imprecisely on the CPU.
#pragma once

#include <cstdint>
#include <vector>

namespace cfo::detectors::kernels {

/// Lines of columns of channels, contiguous; at most 256 channels.
struct MapShape {
  int64_t lines, columns, channels;
};

/// Maximum of a + b over every three columns: out [lines, columns / 3, channels], and in `place` which of the three it
/// was (the first of equals). Columns left over at the end are passed over.
void pool_sum_by_3(const float* a, const float* b, MapShape shape, float* out, uint8_t* place);

/// Its gradient for both summands [lines, columns, channels], from that of the result.
void unpool_by_3(const float* gradient, const uint8_t* place, MapShape shape, float* out);

/// Sums a channel over rows, kept in double precision.
struct ChannelSums {
  std::vector<double> first, second;
};

/// Sums of x - shift and of (x - shift)^2.
ChannelSums moments(const float* x, int64_t rows, int64_t channels, const float* shift);

/// x <- selu(x).
void selu(float* x, int64_t count);

/// y = selu(x * scale + offset), with a scale and an offset a channel.
void scale_selu(const float* x, int64_t rows, int64_t channels, const float* scale, const float* offset, float* y);

/// Through y = selu(z): puts dz = dy * selu'(z) into `dz` and gives the sums of dz and of dz * (x - mean).
ChannelSums selu_gradient(const float* dy, const float* y, const float* x, int64_t rows, int64_t channels,
                          const float* mean, float* dz);

/// dz <- scale * (dz - offset - slope * (x - mean)), a channel each.
struct ChannelGradient {
  const float *scale, *offset, *slope, *mean;
};
void norm_gradient(const float* x, int64_t rows, int64_t channels, const ChannelGradient& gradient, float* dz);

}  // namespace cfo::detectors::kernels
