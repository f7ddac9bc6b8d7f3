// How fast a countermeasure scores and trains.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <string>

#include "bench/measure/clocks.h"

namespace cfo::bench {

struct DetectorSettings {
  int repeat = 5;       ///< measured passes; one more goes before, unmeasured
  int64_t batch = 2;    ///< utterances a training step; scoring takes one after the other
  int64_t samples = 0;  ///< of an utterance at 16 kHz; 0: the published recipe's
  c10::Device device = c10::kCPU;
};

struct DetectorSpeed {
  std::string detector;
  double scored_seconds = 0, trained_seconds = 0;  ///< audio of one pass
  Times scoring = {}, training = {};               ///< of the middle pass (median of the wall time)
};

/// Scores one utterance of noise, and makes training steps (forward, backward, Adam) on `batch` of them, from random
/// start values. Throws Error for an unknown detector, and for an input that is too short for it.
DetectorSpeed measure_detector(const std::string& name, const DetectorSettings& settings);

}  // namespace cfo::bench
