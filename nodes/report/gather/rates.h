// The equal error rate as the report tells it.
#pragma once

#include <cstdint>
#include <vector>

namespace cfo::report {

/// Equal error rate as fractions, with its 95 % bootstrap interval (metrics::eer_interval and its defaults).
struct EqualErrorRate {
  double value = 0, low = 0, high = 0;
  double threshold = 0;
  uint64_t bona_fide = 0, spoofed = 0;
};

/// Throws Error when a class is empty.
EqualErrorRate equal_error_rate(const std::vector<double>& bona_fide, const std::vector<double>& spoofed);

}  // namespace cfo::report
