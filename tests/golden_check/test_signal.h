// The input of the golden records, from its seed: records of detectors and augmentations name it instead of holding it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include <nlohmann/json.hpp>

namespace cfo::golden {

/// float32 [samples]: a voice of 11 harmonics whose pitch swings by 30 Hz around 120 Hz, 0.7 times a second, from a
/// phase of `seed` radians on, and whose loudness swells 3.1 times a second; with white noise of amplitude 0.01 by the
/// rule of the records ("noise").
at::Tensor test_signal(int64_t sample_rate, int64_t samples, uint64_t seed);

/// From a manifest's {"sample_rate", "seconds", "seed"}.
at::Tensor test_signal(const nlohmann::json& row);

}  // namespace cfo::golden
