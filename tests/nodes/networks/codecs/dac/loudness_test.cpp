#include "nodes/networks/codecs/dac/loudness.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

using namespace cfo;
using namespace cfo::codecs;

namespace {

constexpr int64_t rate = 48000;

at::Tensor sine(double hertz, double amplitude, double seconds) {
  const auto time = at::arange(static_cast<int64_t>(seconds * rate), at::kDouble) / rate;
  return (amplitude * (2 * std::numbers::pi * hertz * time).sin()).to(at::kFloat).view({1, 1, -1});
}

double loudness(const at::Tensor& wave) { return integrated_loudness(wave, rate).item<double>(); }

}  // namespace

TEST_CASE("a full-scale sine of 997 Hz in one channel has -3.05 LUFS: BS.1770's -3.01 through audiotools' filters") {
  constexpr double expected =
      -3.0517;  // -0.691 + 10 log10(|H|^2 / 2) of the two cookbook filters; the standard's own shelf begins at 1682 Hz
  CHECK(std::abs(loudness(sine(997, 1, 3)) - expected) < 0.001);
  CHECK(std::abs(loudness(sine(997, 0.1, 3)) - (expected - 20)) < 0.001);
}

TEST_CASE("the weighting lifts what is high by 4 dB and takes the lowest away") {
  CHECK(loudness(sine(8000, 1, 2)) - loudness(sine(997, 1, 2)) == doctest::Approx(3.33).epsilon(0.05));
  CHECK(loudness(sine(20, 1, 2)) < loudness(sine(997, 1, 2)) - 10);
}

TEST_CASE("silent blocks do not count, nor do those 10 dB below the rest") {
  const double speech = loudness(sine(997, 0.5, 4));
  CHECK(std::abs(loudness(at::cat({sine(997, 0.5, 4), at::zeros({1, 1, 8 * rate})}, -1)) - speech) < 0.3);
  CHECK(std::abs(loudness(at::cat({sine(997, 0.5, 4), sine(997, 0.02, 8)}, -1)) - speech) < 0.3);
  CHECK(loudness(at::cat({sine(997, 0.5, 4), sine(997, 0.4, 8)}, -1)) < speech - 0.5);
}

TEST_CASE("silence, and a wave shorter than a block, have a loudness") {
  CHECK(loudness(at::zeros({1, 1, rate})) == -70);
  CHECK(loudness(at::zeros({1, 1, 1})) == -70);
  CHECK(std::isfinite(loudness(sine(997, 0.5, 0.05))));
}

TEST_CASE("each row of a batch has its own loudness, and is brought to the one asked for") {
  const auto waves = at::cat({sine(997, 0.5, 2), sine(300, 0.1, 2)}, 0);
  const auto measured = integrated_loudness(waves, rate);
  CHECK(measured[1].item<double>() == doctest::Approx(loudness(waves.narrow(0, 1, 1))));
  const auto wanted = at::tensor({-16.0F, -30.0F});
  CHECK((integrated_loudness(at_loudness(waves, measured, wanted), rate) - wanted).abs().max().item<double>() < 0.01);
}
