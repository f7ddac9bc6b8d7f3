#include "nodes/networks/codecs/dac/loudness.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

namespace cfo::codecs {
namespace {

constexpr double quietest = -70, relative_gate = -10, block_seconds = 0.4, step_seconds = 0.1, shortest_seconds = 0.5;

double loudness_of(double power) { return -0.691 + 10 * std::log10(power); }

/// A second-order filter, its coefficients divided by a0.
struct Biquad {
  double b0, b1, b2, a1, a2;
};

/// The pre-filter for the head: +4 dB above 1.5 kHz, Q = 1 / sqrt(2) (Audio EQ Cookbook, as pyloudnorm builds it).
Biquad high_shelf(double sample_rate) {
  const double gain = std::pow(10.0, 4.0 / 40), w = 2 * std::numbers::pi * 1500 / sample_rate, cosine = std::cos(w);
  const double slope = std::sqrt(gain) * std::sin(w) * std::numbers::sqrt2;
  const double a0 = (gain + 1) - (gain - 1) * cosine + slope;
  return {gain * ((gain + 1) + (gain - 1) * cosine + slope) / a0, -2 * gain * ((gain - 1) + (gain + 1) * cosine) / a0,
          gain * ((gain + 1) + (gain - 1) * cosine - slope) / a0, 2 * ((gain - 1) - (gain + 1) * cosine) / a0,
          ((gain + 1) - (gain - 1) * cosine - slope) / a0};
}

/// The weighting curve: high-pass at 38 Hz, Q = 0.5.
Biquad high_pass(double sample_rate) {
  const double w = 2 * std::numbers::pi * 38 / sample_rate, cosine = std::cos(w), a0 = 1 + std::sin(w);
  return {(1 + cosine) / 2 / a0, -(1 + cosine) / a0, (1 + cosine) / 2 / a0, -2 * cosine / a0, (1 - std::sin(w)) / a0};
}

void filter(std::vector<double>& x, const Biquad& f) {
  double x1 = 0, x2 = 0, y1 = 0, y2 = 0;
  for (double& sample : x) {
    const double y = f.b0 * sample + f.b1 * x1 + f.b2 * x2 - f.a1 * y1 - f.a2 * y2;
    x2 = std::exchange(x1, sample);
    y2 = std::exchange(y1, y);
    sample = y;
  }
}

/// Mean power of each block; the last one is filled up with zeros.
std::vector<double> block_powers(const std::vector<double>& x, int64_t sample_rate) {
  const auto width = static_cast<std::size_t>(block_seconds * static_cast<double>(sample_rate));
  const auto step = static_cast<std::size_t>(step_seconds * static_cast<double>(sample_rate));
  std::vector<double> powers;
  for (std::size_t begin = 0; begin == 0 || begin - step + width < x.size(); begin += step) {
    double sum = 0;
    for (std::size_t i = begin; i < std::min(begin + width, x.size()); ++i) sum += x[i] * x[i];
    powers.push_back(sum / static_cast<double>(width));
  }
  return powers;
}

/// Mean of the powers whose loudness is above `gate`; 0 where none is.
double mean_above(const std::vector<double>& powers, double gate) {
  double sum = 0;
  int64_t count = 0;
  for (const double power : powers) {
    if (loudness_of(power) <= gate) continue;
    sum += power;
    ++count;
  }
  return count > 0 ? sum / static_cast<double>(count) : 0;
}

double measure(std::vector<double> x, int64_t sample_rate) {
  const auto shortest = static_cast<std::size_t>(shortest_seconds * static_cast<double>(sample_rate));
  x.resize(std::max(x.size(), shortest));
  filter(x, high_shelf(static_cast<double>(sample_rate)));
  filter(x, high_pass(static_cast<double>(sample_rate)));
  const auto powers = block_powers(x, sample_rate);
  const double gate = loudness_of(mean_above(powers, quietest)) + relative_gate;
  return std::max(quietest, loudness_of(mean_above(powers, std::max(gate, quietest))));
}

}  // namespace

at::Tensor integrated_loudness(const at::Tensor& wave, int64_t sample_rate) {
  const auto rows = wave.squeeze(1).to(at::kCPU, at::kDouble).contiguous();
  std::vector<float> loudness;
  for (int64_t b = 0; b < rows.size(0); ++b) {
    const auto* const row = rows.data_ptr<double>() + b * rows.size(1);
    loudness.push_back(static_cast<float>(measure({row, row + rows.size(1)}, sample_rate)));
  }
  return at::tensor(loudness).to(wave.device());
}

at::Tensor at_loudness(const at::Tensor& wave, const at::Tensor& loudness, const at::Tensor& decibels) {
  return wave * at::pow(10.0, (decibels - loudness) / 20.0).view({-1, 1, 1});
}

}  // namespace cfo::codecs
