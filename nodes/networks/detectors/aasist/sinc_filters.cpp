#include "nodes/networks/detectors/aasist/sinc_filters.h"

#include <cmath>
#include <numbers>
#include <vector>

namespace cfo::detectors {
namespace {

double mel_of(double hertz) { return 2595.0 * std::log10(1.0 + hertz / 700.0); }
double hertz_of(double mel) { return 700.0 * (std::pow(10.0, mel / 2595.0) - 1.0); }

/// sin(pi x) / (pi x)
float sinc(float x) {
  const float angle = std::numbers::pi_v<float> * x;
  return x == 0 ? 1.0F : std::sin(angle) / angle;
}

/// The ideal low pass at `cutoff` Hz, `n` samples from its centre. Single precision in the published order of
/// operations: the low bands are differences of nearly equal numbers, and the published weights were trained on what
/// that makes of them.
float low_pass(double cutoff, int64_t n, double rate) {
  const float place = static_cast<float>(2.0 * cutoff) * static_cast<float>(n) / static_cast<float>(rate);
  return static_cast<float>(2.0 * cutoff / rate) * sinc(place);
}

double hamming(int64_t tap, int64_t taps) {
  return 0.54 - 0.46 * std::cos(2.0 * std::numbers::pi * static_cast<double>(tap) / static_cast<double>(taps - 1));
}

}  // namespace

at::Tensor sinc_filters(const SincFilters& design) {
  const double rate = static_cast<double>(design.sample_rate);
  const double highest = mel_of(rate / 2);
  const auto edge = [&](int64_t index) {
    return hertz_of(highest * static_cast<double>(index) / static_cast<double>(design.filters));
  };
  std::vector<float> values;
  for (int64_t filter = 0; filter < design.filters; ++filter) {
    for (int64_t tap = 0; tap < design.taps; ++tap) {
      const int64_t n = tap - design.taps / 2;
      const float ideal = low_pass(edge(filter + 1), n, rate) - low_pass(edge(filter), n, rate);
      values.push_back(static_cast<float>(hamming(tap, design.taps)) * ideal);
    }
  }
  return at::tensor(values).view({design.filters, design.taps});
}

}  // namespace cfo::detectors
