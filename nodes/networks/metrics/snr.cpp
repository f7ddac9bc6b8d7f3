#include "nodes/networks/metrics/snr.h"

#include <cmath>
#include <limits>

#include "base/error.h"

namespace cfo::metrics {

double snr_db(std::span<const float> reference, std::span<const float> degraded) {
  if (reference.size() != degraded.size() || reference.empty()) {
    throw Error(
        "the signal-to-noise ratio needs two signals of one length, but got {} and {} samples; cut them to the shorter "
        "one",
        reference.size(), degraded.size());
  }
  double signal = 0, noise = 0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const double difference = static_cast<double>(degraded[i]) - reference[i];
    signal += static_cast<double>(reference[i]) * reference[i];
    noise += difference * difference;
  }
  return noise == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(signal / noise);
}

}  // namespace cfo::metrics
