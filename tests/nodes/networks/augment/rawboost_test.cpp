// RawBoost by what its parts must do. That they do what the official code does is checked by golden-check.
#include "nodes/networks/augment/rawboost.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "base/error.h"
#include "nodes/networks/tensors/compute.h"

using namespace cfo;
using namespace cfo::augment;

namespace {

constexpr int64_t rate = 16000;

at::Tensor voice(int64_t samples) {
  const at::Tensor time = at::arange(samples, at::kDouble) / rate;
  return (0.5 * at::sin(time * 2 * M_PI * 220) + 0.2 * at::sin(time * 2 * M_PI * 1730)).to(at::kFloat);
}

std::vector<float> values(const at::Tensor& wave) {
  return {wave.data_ptr<float>(), wave.data_ptr<float>() + wave.numel()};
}

double magnitude_at(const at::Tensor& filter, double hertz) {
  const at::Tensor phase = at::arange(filter.size(0), at::kDouble) * (2 * M_PI * hertz / rate);
  return std::hypot((filter * at::cos(phase)).sum().item<double>(), (filter * at::sin(phase)).sum().item<double>());
}

}  // namespace

TEST_CASE(
    "every algorithm: length kept, peak at most 1 but for noise at a ratio, one result a seed; 0 changes nothing") {
  const auto wave = values(voice(4000));
  for (int64_t algorithm = 0; algorithm <= most_rawboost; ++algorithm) {
    CAPTURE(algorithm);
    const auto once = rawboost(wave, algorithm, 5), again = rawboost(wave, algorithm, 5),
               other = rawboost(wave, algorithm, 6);
    CHECK(once.size() == wave.size());
    CHECK(once == again);
    CHECK((once == wave) == (algorithm == 0));
    CHECK((once == other) == (algorithm == 0));
    for (const float value : once) CHECK(std::abs(value) < 1.4F);
  }
  CHECK_THROWS_WITH_AS(rawboost(wave, 9, 1), doctest::Contains("no RawBoost algorithm 9"), Error);
  CHECK_THROWS_WITH_AS(rawboost(wave, -1, 1), doctest::Contains("no RawBoost algorithm -1"), Error);
  CHECK_THROWS_AS(rawboost({}, 1, 1), Error);
}

TEST_CASE("algorithms 4 to 7 are their parts one after the other, 8 the sum of two of them") {
  const RawBoostSettings settings;
  const at::Tensor wave = voice(3000);
  const auto whole = draw_rawboost(4, 3000, settings, tensors::random_stream(3));
  const auto apply = [&](const at::Tensor& x, const RawBoostDraw& draw) { return apply_rawboost(x, draw, settings); };
  const RawBoostDraw first{.convolutive = whole.convolutive}, second{.impulsive = whole.impulsive},
      third{.stationary = whole.stationary};
  CHECK(at::allclose(apply(wave, whole), apply(apply(apply(wave, first), second), third)));
  RawBoostDraw parallel{.convolutive = whole.convolutive, .impulsive = whole.impulsive, .parallel = true};
  at::Tensor sum = apply(wave, first) + apply(wave, second);
  sum = sum / std::max(1.0, sum.abs().max().item<double>());
  CHECK(at::allclose(apply(wave, parallel), sum));
}

TEST_CASE("a notch filter stops its bands, and its largest magnitude is the gain") {
  const at::Tensor filter = notch_filter(
      {.bands = {{.centre = 2000, .width = 800, .taps = 99}, {.centre = 6000, .width = 900, .taps = 99}}, .gain = -6},
      rate);
  CHECK(filter.size(0) == 197);
  double largest = 0;
  for (double hertz = 0; hertz < 8000; hertz += 15.625) largest = std::max(largest, magnitude_at(filter, hertz));
  CHECK(largest == doctest::Approx(std::pow(10, -0.3)).epsilon(1e-9));
  CHECK(magnitude_at(filter, 2000) < 0.05 * largest);
  CHECK(magnitude_at(filter, 6000) < 0.05 * largest);
  CHECK(magnitude_at(filter, 4000) > 0.8 * largest);
}

TEST_CASE("edges beyond the spectrum are moved inside") {
  for (const double centre : {20.0, 7990.0}) {
    const at::Tensor filter = notch_filter({.bands = {{.centre = centre, .width = 1000, .taps = 51}}, .gain = 0}, rate);
    CHECK(at::isfinite(filter).all().item<bool>());
  }
}

TEST_CASE("a filter that is one impulse shifts the wave to where the official code puts it") {
  const at::Tensor wave = voice(50).to(at::kDouble);
  at::Tensor filter = at::zeros({5}, at::kDouble);
  filter[3] = 1.0;  // the delay that is taken out is (5 + 1) / 2
  CHECK(at::allclose(filtered(wave, filter), wave));
  const at::Tensor early = filtered(wave, at::ones({1}, at::kDouble));
  CHECK(at::allclose(early.narrow(0, 0, 49), wave.narrow(0, 1, 49)));
  CHECK(std::abs(early[49].item<double>()) < 1e-12);
}

TEST_CASE("impulses: at most a tenth of the samples, each changed by at most its double") {
  const RawBoostSettings settings;
  const at::Tensor wave = voice(5000);
  const auto draw = draw_rawboost(2, 5000, settings, tensors::random_stream(11));
  const int64_t places = draw.impulsive->places.numel();
  CHECK(places <= 500);
  std::set<int64_t> different;
  for (int64_t i = 0; i < places; ++i) different.insert(draw.impulsive->places[i].item<int64_t>());
  CHECK(static_cast<int64_t>(different.size()) == places);
  const at::Tensor result = apply_rawboost(wave * 0.2, draw, settings), change = (result - wave * 0.2).abs();
  CHECK(change.gt(0).sum().item<int64_t>() <= places);
  CHECK(change.le(2.0001 * (wave * 0.2).abs()).all().item<bool>());
}

TEST_CASE("stationary noise has the drawn ratio to the wave") {
  const RawBoostSettings settings;
  const at::Tensor wave = voice(6000).to(at::kDouble);
  const auto draw = draw_rawboost(3, 6000, settings, tensors::random_stream(4));
  CHECK(draw.stationary->snr >= 10);
  CHECK(draw.stationary->snr <= 40);
  const at::Tensor noise = apply_rawboost(wave, draw, settings) - wave;
  CHECK(20 * std::log10((wave.norm() / noise.norm()).item<double>()) == doctest::Approx(draw.stationary->snr));
  CHECK_THROWS_AS(apply_rawboost(voice(100), draw, settings), Error);
}

TEST_CASE("powers above the first lie 5 to 20 dB below it") {
  const auto draw = draw_rawboost(1, 100, {}, tensors::random_stream(2));
  REQUIRE(draw.convolutive->orders.size() == 5);
  CHECK(draw.convolutive->orders[0].gain == 0);
  for (std::size_t order = 1; order < 5; ++order) {
    CHECK(draw.convolutive->orders[order].gain <= -5);
    CHECK(draw.convolutive->orders[order].gain >= -20);
  }
  for (const auto& band : draw.convolutive->orders[2].bands) CHECK(band.taps % 2 == 1);
}
