// Kaldi's filter bank, against its formulas written out in double.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <limits>
#include <vector>

#include "base/error.h"
#include "nodes/networks/codecs/semanticodec/fbank.h"

using namespace cfo;
using codecs::Fbank;
using codecs::FbankOptions;

namespace {

constexpr FbankOptions small = {.sample_rate = 8000,
                                .window = 10,
                                .hop = 4,
                                .n_fft = 16,
                                .bands = 3,
                                .lowest = 100,
                                .highest = 4000,
                                .preemphasis = 0.9};
constexpr double pi = 3.14159265358979323846;

double mel(double hz) { return 1127 * std::log(1 + hz / 700); }

/// Height of band `band` at DFT bin `bin`.
double height(int band, int bin) {
  const double spacing = (mel(small.highest) - mel(small.lowest)) / (small.bands + 1),
               left = mel(small.lowest) + band * spacing;
  const double here = mel(bin * 500.0);
  return bin == 8 ? 0 : std::max(0.0, std::min((here - left) / spacing, (left + 2 * spacing - here) / spacing));
}

/// Log power of one band of the frame that begins at `begin`.
double band_of(const std::vector<double>& wave, int begin, int band) {
  std::vector<double> frame(wave.begin() + begin, wave.begin() + begin + 10);
  double mean = 0;
  for (const double value : frame) mean += value / 10;
  for (double& value : frame) value -= mean;
  for (int i = 9; i >= 0; --i) frame[i] -= 0.9 * frame[i == 0 ? 0 : i - 1];
  for (int i = 0; i < 10; ++i) frame[i] *= 0.5 - 0.5 * std::cos(2 * pi * i / 9);
  double power = 0;
  for (int bin = 0; bin <= 8; ++bin) {
    std::complex<double> sum = 0;
    for (int i = 0; i < 10; ++i) sum += frame[i] * std::polar(1.0, -2 * pi * bin * i / 16);
    power += std::norm(sum) * height(band, bin);
  }
  return std::log(power);
}

}  // namespace

TEST_CASE("mel triangles of height 1") {
  const auto filters = codecs::kaldi_mel_filters(small);
  REQUIRE(filters.sizes().vec() == std::vector<int64_t>{9, 3});
  for (int bin = 0; bin <= 8; ++bin) {
    for (int band = 0; band < 3; ++band)
      CHECK(filters[bin][band].item<double>() == doctest::Approx(height(band, bin)).epsilon(1e-5));
  }
}

TEST_CASE("every whole frame, of each utterance alone") {
  const std::vector<double> wave = {0.1,  -0.3, 0.2,  0.5,  -0.4, 0.25, 0.1, -0.6, 0.3,
                                    0.05, 0.45, -0.2, 0.15, 0.35, -0.1, 0.6, 0.2};
  const auto one = at::tensor(wave, at::kDouble).to(at::kFloat);
  const auto result = Fbank(small, at::kCPU)(at::stack({one, one.flip(0)}));
  REQUIRE(result.sizes().vec() == std::vector<int64_t>{2, 2, 3});
  const std::vector<double> backwards(wave.rbegin(), wave.rend());
  for (int frame = 0; frame < 2; ++frame) {
    for (int band = 0; band < 3; ++band) {
      CHECK(result[0][frame][band].item<double>() == doctest::Approx(band_of(wave, 4 * frame, band)).epsilon(1e-4));
      CHECK(result[1][frame][band].item<double>() ==
            doctest::Approx(band_of(backwards, 4 * frame, band)).epsilon(1e-4));
    }
  }
}

TEST_CASE("a constant wave has the least power, and one shorter than a frame is refused") {
  const Fbank fbank(small, at::kCPU);
  const auto constant = fbank(at::full({1, 10}, 0.25));
  CHECK(constant.allclose(at::full({1, 1, 3}, std::log(std::numeric_limits<float>::epsilon()))));
  CHECK_THROWS_WITH_AS(fbank(at::zeros({1, 9})), "filter bank features need 10 samples, but got 9", Error);
}
