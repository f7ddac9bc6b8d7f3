// How far a degraded signal is from its reference.
#pragma once

#include <span>

namespace cfo::metrics {

/// Signal-to-noise ratio in dB: 10 log10(sum of reference^2 / sum of (degraded - reference)^2), summed in double
/// precision. Infinite for equal signals, minus infinity for a silent reference. Throws Error for empty signals or
/// different lengths.
double snr_db(std::span<const float> reference, std::span<const float> degraded);

}  // namespace cfo::metrics
