// The random filters of RawBoost: several band stops, one after the other, as one finite impulse response.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <vector>

namespace cfo::augment {

/// Ranges of the draws; the defaults are those of TakHemlata/SSL_Anti-spoofing main_SSL_LA.py.
struct NotchRanges {
  int64_t sample_rate = 16000;
  int64_t bands = 5;                          ///< nBands
  std::array<double, 2> centre = {20, 8000};  ///< Hz (minF, maxF)
  std::array<double, 2> width = {100, 1000};  ///< Hz (minBW, maxBW)
  std::array<double, 2> taps = {10, 100};     ///< of one band (minCoeff, maxCoeff)
  std::array<double, 2> gain = {0, 0};        ///< dB (minG, maxG)
};

struct BandStop {
  double centre = 0, width = 0;  ///< Hz
  int64_t taps = 1;              ///< odd
};

struct NotchDraw {
  std::vector<BandStop> bands;
  double gain = 0;  ///< of the largest magnitude, dB
};

/// `low` + (`high` - `low`) u; the range may fall.
double draw_between(const std::array<double, 2>& range, at::Generator& stream);

/// The number of taps that a draw stands for: its whole part, made odd by one more.
int64_t odd_taps(double drawn);

NotchDraw draw_notches(const NotchRanges& ranges, at::Generator& stream);

/// The impulse response, float64 [sum of (taps - 1) + 1]. Each band is a Hamming-windowed sinc with gain 1 at 0 Hz
/// (scipy.signal.firwin, pass_zero); the whole is scaled so that its largest magnitude on 512 frequencies below half
/// the sample rate is `gain`. Edges outside (0, rate / 2) are moved inside by 1/1000 Hz.
at::Tensor notch_filter(const NotchDraw& draw, int64_t sample_rate);

/// wave [T] under the filter [L], zeros beyond the ends, the delay of (L + 1) / 2 samples taken out (RawBoost.py
/// filterFIR): float64 [T].
at::Tensor filtered(const at::Tensor& wave, const at::Tensor& filter);

}  // namespace cfo::augment
