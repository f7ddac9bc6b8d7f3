// How fast UTMOS scores speech.
#pragma once

#include <c10/core/Device.h>

#include <filesystem>

#include "bench/measure/clocks.h"

namespace cfo::bench {

struct QualitySettings {
  double seconds = 4;  ///< of the utterance
  int repeat = 5;      ///< measured passes; one more goes before, unmeasured
  c10::Device device = c10::kCPU;
};

/// The middle pass over one utterance of noise at 16 kHz, by utmos22_strong with weights as seeded_weights makes them
/// of `like`. Throws Error when those do not fit.
Times measure_quality(const std::filesystem::path& like, const QualitySettings& settings);

}  // namespace cfo::bench
