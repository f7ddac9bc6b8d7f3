// RawBoost: distortions of telephony put on raw waveforms in training (Tak et al., "RawBoost: a raw data boosting and
// augmentation method applied to automatic speaker verification anti-spoofing", ICASSP 2022;
// TakHemlata/SSL_Anti-spoofing RawBoost.py and data_utils_SSL.py). What is random is drawn first (RawBoostDraw), then
// applied: the same draw gives the same wave.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "nodes/networks/augment/notch_filter.h"

namespace cfo::augment {

/// Ranges that the draws come from, uniformly; the defaults are the official ones.
struct RawBoostSettings {
  NotchRanges notches;
  int64_t orders = 5;                         ///< N_f: powers of the wave that are filtered and added
  std::array<double, 2> gain_drop = {5, 20};  ///< dB that the powers above the first lie below it (BiasLinNonLin)
  double most_impulses = 10;                  ///< P: share of the samples, %
  double impulse_gain = 2;                    ///< g_sd
  std::array<double, 2> snr = {10, 40};       ///< of the stationary noise, dB
};

/// Linear and non-linear convolutive noise (algorithm 1): the sum of each power of the wave under a filter of its own.
struct ConvolutiveNoise {
  std::vector<NotchDraw> orders;  ///< of x, x^2, ...
};

/// Impulsive signal-dependent noise (algorithm 2): x + impulse_gain x f at some places.
struct ImpulsiveNoise {
  at::Tensor places;   ///< int64 [M], each at most once
  at::Tensor factors;  ///< f, float64 [M] in [-1, 1]
};

/// Stationary signal-independent noise (algorithm 3): filtered white noise at a signal-to-noise ratio.
struct StationaryNoise {
  at::Tensor noise;  ///< standard normal, float64 [T]
  NotchDraw filter;
  double snr = 0;  ///< dB
};

/// What one utterance gets, in the order of the members; `parallel` adds the first two, each made from the clean wave.
struct RawBoostDraw {
  std::optional<ConvolutiveNoise> convolutive = {};
  std::optional<ImpulsiveNoise> impulsive = {};
  std::optional<StationaryNoise> stationary = {};
  bool parallel = false;
};

/// Algorithms by their official numbers: 0 none, 1 to 3 as above, 4: 1 + 2 + 3, 5: 1 + 2, 6: 1 + 3, 7: 2 + 3 one after
/// the other, 8: 1 and 2 in parallel.
constexpr int64_t most_rawboost = 8;

/// Draws for a wave of `samples` samples at settings.notches.sample_rate. Throws Error for another algorithm and for a
/// wave without samples.
RawBoostDraw draw_rawboost(int64_t algorithm, int64_t samples, const RawBoostSettings& settings, at::Generator stream);

/// wave [T], float32 or float64, in [-1, 1] -> float64 [T], computed in float64. Sums whose peak is above 1 are brought
/// down to it. Throws Error for a draw that is of another length.
at::Tensor apply_rawboost(const at::Tensor& wave, const RawBoostDraw& draw, const RawBoostSettings& settings);

/// Both for a float32 wave, seeded: the same (wave, algorithm, seed) gives the same result.
std::vector<float> rawboost(const std::vector<float>& wave, int64_t algorithm, uint64_t seed,
                            const RawBoostSettings& settings = {});

}  // namespace cfo::augment
