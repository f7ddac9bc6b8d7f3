#include "nodes/networks/layers/basic/anti_aliased.h"

#include <algorithm>
#include <numbers>

#include "base/error.h"
#include "tests/support/written_out.h"

using namespace cfo;
using namespace cfo::layers;
using namespace cfo::tensors;
using namespace cfo::test;

namespace {

constexpr int64_t channels = 3, taps = 12;

TensorMap rates() { return {{"act.alpha", noise("alpha", {channels})}, {"act.beta", noise("beta", {channels})}}; }

TensorMap with_filters(const at::Tensor& up, const at::Tensor& down) {
  auto map = rates();
  map["upsample.filter"] = up.view({1, 1, taps});
  map["downsample.lowpass.filter"] = down.view({1, 1, taps});
  return map;
}

/// The modified Bessel function of order 0, by its series.
double bessel(double x) {
  double term = 1, sum = 1;
  for (int k = 1; k < 40; ++k) sum += term *= (x / 2 / k) * (x / 2 / k);
  return sum;
}

/// x [channels, T] at twice the rate, bent there, and back: tap by tap, the ends held.
at::Tensor written(const TensorMap& map, const at::Tensor& up, const at::Tensor& down, const at::Tensor& x) {
  const int64_t length = x.size(1);
  const auto result = at::zeros_like(x);
  for (int64_t c = 0; c < channels; ++c) {
    const double alpha = std::exp(map.at("act.alpha")[c].item<double>()),
                 beta = std::exp(map.at("act.beta")[c].item<double>());
    std::vector<double> fine;
    for (int64_t n = 0; n < 2 * length; ++n) {
      double sum = 0;
      for (int64_t i = -6; i < length + 6; ++i) {
        const int64_t tap = n + 5 - 2 * i;
        if (tap < 0 || tap >= taps) continue;
        sum += 2 * up[tap].item<double>() * x[c][std::clamp<int64_t>(i, 0, length - 1)].item<double>();
      }
      fine.push_back(sum + std::pow(std::sin(alpha * sum), 2) / beta);
    }
    for (int64_t t = 0; t < length; ++t) {
      for (int64_t k = 0; k < taps; ++k) {
        const int64_t n = std::clamp<int64_t>(2 * t + k - 5, 0, 2 * length - 1);
        result[c][t] += down[k].item<double>() * fine[static_cast<std::size_t>(n)];
      }
    }
  }
  return result;
}

}  // namespace

TEST_CASE("the anti-aliasing filter is a sinc of half the band under a Kaiser window") {
  const double attenuation = 2.285 * 5 * std::numbers::pi * 4 * 0.3 + 7.95, beta = 0.1102 * (attenuation - 8.7);
  std::vector<double> expected;
  double sum = 0;
  for (int n = 0; n < taps; ++n) {
    const double time = n - 5.5, place = time / 5.5, angle = std::numbers::pi * time / 2;
    expected.push_back(bessel(beta * std::sqrt(1 - place * place)) * std::sin(angle) / angle);
    sum += expected.back();
  }
  CHECK(difference(anti_aliasing_filter(), at::tensor(expected, at::kDouble) / sum) < rounding);
}

TEST_CASE("an anti-aliased snake bends at twice the rate between two filters") {
  const auto filter = anti_aliasing_filter();
  const auto map = rates();
  const AntiAliasedSnake snake(WeightScope(map, "test"), channels);
  for (const int64_t length : {1, 2, 7, 20, 1024, 1026, 2060}) {  // across the kernel's blocks, too
    check_each_utterance(snake, noise("x", {2, channels, length}, 3),
                         [&](const at::Tensor& x) { return written(map, filter, filter, x); });
  }
}

TEST_CASE("stored filters, which need not be symmetric, take the place of the computed ones") {
  const auto up = noise("up", {taps}), down = noise("down", {taps});
  const auto map = with_filters(up, down);
  const WeightScope scope(map, "test");
  const AntiAliasedSnake snake(scope, channels);
  CHECK(scope.unused().empty());
  check_each_utterance(snake, noise("x", {2, channels, 9}),
                       [&](const at::Tensor& x) { return written(map, up, down, x); });
}

TEST_CASE("a constant is bent as it is, up to its ends") {
  const AntiAliasedSnake snake(
      WeightScope({{"act.alpha", at::full({1}, std::log(2.0F))}, {"act.beta", at::full({1}, std::log(4.0F))}}, "test"),
      1);
  const double expected = 0.5 + std::pow(std::sin(2 * 0.5), 2) / 4;
  CHECK(difference(snake(at::full({1, 1, 5}, 0.5F)), at::full({1, 1, 5}, expected, at::kDouble)) < rounding);
}

TEST_CASE("a filter of another length is refused") {
  auto map = rates();
  map["upsample.filter"] = at::ones({1, 1, 10});
  CHECK_THROWS_WITH_AS(AntiAliasedSnake(WeightScope(map, "test"), channels),
                       doctest::Contains("tensor 'upsample.filter' has shape [1, 1, 10] where [1, 1, 12] is needed"),
                       cfo::Error);
}
