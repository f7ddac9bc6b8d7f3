#include "nodes/networks/layers/spectra/mel.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>

using namespace cfo;
using namespace cfo::layers;
using namespace cfo::tensors;

namespace {

/// Bins every 100 Hz to 800 Hz, edges of bands at 0, 200, 400, 600, 800 Hz.
constexpr MelOptions linear = {
    .sample_rate = 1600, .n_fft = 16, .hop = 4, .window = 16, .bands = 3, .kept = 3, .lowest = 0, .highest = 800};

}  // namespace

TEST_CASE("mel filters below 1000 Hz are equal triangles of area 1") {
  const auto expected = at::tensor({0.0, 0.5, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0,  //
                                    0.0, 0.0, 0.0, 0.5, 1.0, 0.5, 0.0, 0.0, 0.0,  //
                                    0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 1.0, 0.5, 0.0})
                            .view({3, 9}) /
                        200;
  CHECK(at::allclose(slaney_mel_filters(linear), expected.to(at::kFloat), 1e-5, 1e-9));
}

TEST_CASE("mel filters above 1000 Hz have edges at equal ratios") {
  // 27 mels for the factor 6.4 between lowest and highest: three steps of the same ratio.
  const auto filters =
      slaney_mel_filters({.sample_rate = 16000, .n_fft = 160, .bands = 2, .lowest = 1000, .highest = 6400});
  const double ratio = std::cbrt(6.4), centre = 1000 * ratio, right = centre * ratio;
  const auto at_hz = [&](int64_t band, int64_t hz) { return filters[band][hz / 100].item<double>(); };
  CHECK(at_hz(0, 1000) == 0);
  CHECK(at_hz(0, 1500) == doctest::Approx(500 / (centre - 1000) * 2 / (right - 1000)));
  CHECK(at_hz(0, 3000) == doctest::Approx((right - 3000) / (right - centre) * 2 / (right - 1000)));
  CHECK(at_hz(1, 5000) == doctest::Approx(1400 / (6400 - right) * 2 / (6400 - centre)));
}

TEST_CASE("the log mel of a constant is that of its window's spectrum, in every frame") {
  // A Hann window of 16 has the spectrum 8, 4, 0, 0, ...; the lowest band takes 4 / 400 of it, the others the floor.
  const auto mel = LogMel(WeightScope({}, "test"), linear)(at::ones({2, 1, 23}));
  REQUIRE(mel.sizes() == at::IntArrayRef({2, 3, 5}));
  CHECK(at::allclose(mel.select(1, 0), at::full({2, 5}, std::log(0.01)), 1e-4, 1e-4));
  CHECK(at::allclose(mel.slice(1, 1), at::full({2, 2, 5}, std::log(1e-5)), 1e-5, 1e-5));
}

TEST_CASE("stored filters are taken, and only the bands kept") {
  auto options = linear;
  options.kept = 1;
  const WeightScope scope({{"mel_basis", at::ones({3, 9})}, {"hann_window", at::ones({16})}}, "test");
  const auto mel = LogMel(scope, options)(at::ones({1, 1, 23}));
  REQUIRE(mel.sizes() == at::IntArrayRef({1, 1, 5}));
  CHECK(mel[0][0][2].item<double>() == doctest::Approx(std::log(16 + 8 * std::sqrt(1e-9))).epsilon(1e-5));
  CHECK(scope.unused().empty());
}

TEST_CASE("mel filters of height 1 reach it at their centres") {
  const auto expected = at::tensor({0.0, 0.5, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0,  //
                                    0.0, 0.0, 0.0, 0.5, 1.0, 0.5, 0.0, 0.0, 0.0,  //
                                    0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 1.0, 0.5, 0.0})
                            .view({3, 9});
  CHECK(at::allclose(slaney_mel_filters(linear, MelScaling::height), expected.to(at::kFloat), 1e-5, 1e-6));
}

TEST_CASE("the guarded log mel of a constant is that of a symmetric Hann window") {
  // Under a symmetric Hann window of 16 a constant has the spectrum |sum of w[n] exp(-2 pi i n k / 16)|, w[n] = sin(pi
  // n / 15)^2.
  const auto magnitude = [](int64_t bin) {
    double real = 0, imaginary = 0;
    for (int n = 0; n < 16; ++n) {
      const double weight = std::pow(std::sin(M_PI * n / 15), 2), angle = 2 * M_PI * static_cast<double>(n * bin) / 16;
      real += weight * std::cos(angle);
      imaginary += weight * std::sin(angle);
    }
    return std::hypot(real, imaginary);
  };
  const auto mel = LogOneMel(WeightScope({}, "test"), linear)(at::ones({2, 1, 24}));
  REQUIRE(mel.sizes() == at::IntArrayRef({2, 3, 6}));
  for (int64_t band = 0; band < 3; ++band) {
    const double sum = 0.5 * magnitude(2 * band + 1) + magnitude(2 * band + 2) + 0.5 * magnitude(2 * band + 3);
    CHECK(at::allclose(mel.select(1, band), at::full({2, 6}, std::log(1 + sum)), 1e-4, 1e-6));
  }
}

TEST_CASE("the guarded log mel takes stored filters and window") {
  const WeightScope scope({{"fb", at::ones({1, 3, 9})}, {"window", at::zeros({16})}}, "test");
  CHECK(at::equal(LogOneMel(scope, linear)(at::ones({1, 1, 24})), at::zeros({1, 3, 6})));
  CHECK(scope.unused().empty());
}
