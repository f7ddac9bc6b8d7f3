#include "nodes/networks/augment/notch_filter.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace cfo::augment {
namespace {

constexpr int64_t frequencies = 512;    // on which the largest magnitude is looked for
constexpr double edge_distance = 1e-3;  // Hz

at::TensorOptions in_double() { return at::TensorOptions(at::kDouble); }

/// The full convolution of two signals [A] and [B]: [A + B - 1].
at::Tensor convolved(const at::Tensor& a, const at::Tensor& b) {
  const int64_t length = a.size(0) + b.size(0) - 1;
  return at::fft_irfft(at::fft_rfft(a, length) * at::fft_rfft(b, length), length);
}

/// Ideal low pass with its edge at `edge` (1: half the sample rate), around the middle of `taps` taps.
at::Tensor low_pass(double edge, int64_t taps) {
  const at::Tensor place = at::arange(taps, in_double()) - 0.5 * static_cast<double>(taps - 1);
  return edge * at::sinc(edge * place);
}

at::Tensor band_stop(const BandStop& band, int64_t sample_rate) {
  const double half_rate = 0.5 * static_cast<double>(sample_rate);
  double low = band.centre - band.width / 2, high = band.centre + band.width / 2;
  if (low <= 0) low = edge_distance;
  if (high >= half_rate) high = half_rate - edge_distance;
  const at::Tensor ideal =
      low_pass(low / half_rate, band.taps) + low_pass(1, band.taps) - low_pass(high / half_rate, band.taps);
  const at::Tensor windowed = ideal * at::hamming_window(band.taps, /*periodic=*/false, in_double());
  return windowed / windowed.sum();
}

at::Tensor largest_magnitude(const at::Tensor& filter) {
  const int64_t rounds = (filter.size(0) + 2 * frequencies - 1) / (2 * frequencies);
  const at::Tensor spectrum = at::fft_rfft(filter, 2 * frequencies * rounds);
  return at::abs(spectrum).slice(0, 0, frequencies * rounds, rounds).max();
}

}  // namespace

double draw_between(const std::array<double, 2>& range, at::Generator& stream) {
  return range[0] + (range[1] - range[0]) * at::rand({1}, stream, in_double()).item<double>();
}

int64_t odd_taps(double drawn) {
  const auto whole = static_cast<int64_t>(drawn);
  return whole % 2 == 0 ? whole + 1 : whole;
}

NotchDraw draw_notches(const NotchRanges& ranges, at::Generator& stream) {
  NotchDraw draw;
  for (int64_t band = 0; band < ranges.bands; ++band) {
    const double centre = draw_between(ranges.centre, stream), width = draw_between(ranges.width, stream);
    draw.bands.push_back({centre, width, odd_taps(draw_between(ranges.taps, stream))});
  }
  draw.gain = draw_between(ranges.gain, stream);
  return draw;
}

at::Tensor notch_filter(const NotchDraw& draw, int64_t sample_rate) {
  at::Tensor filter = at::ones({1}, in_double());
  for (const auto& band : draw.bands) filter = convolved(filter, band_stop(band, sample_rate));
  return filter * std::pow(10.0, draw.gain / 20) / largest_magnitude(filter);
}

at::Tensor filtered(const at::Tensor& wave, const at::Tensor& filter) {
  // lengths with small factors transform fast; the zeros behind change nothing
  const int64_t length = wave.size(0) + filter.size(0) - 1;
  int64_t padded = 1;
  while (padded < length) padded *= 2;
  const at::Tensor product = at::fft_rfft(wave.to(at::kDouble), padded) * at::fft_rfft(filter, padded);
  const at::Tensor whole = at::constant_pad_nd(at::fft_irfft(product, padded).narrow(0, 0, length), {0, 2});
  return whole.narrow(0, (filter.size(0) + 1) / 2, wave.size(0));
}

}  // namespace cfo::augment
