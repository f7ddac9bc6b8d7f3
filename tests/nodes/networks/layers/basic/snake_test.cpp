#include "nodes/networks/layers/basic/snake.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <limits>
#include <numbers>

#include "base/error.h"

using namespace cfo;
using namespace cfo::layers;
using namespace cfo::tensors;

namespace {

constexpr float pi = std::numbers::pi_v<float>;

at::Tensor numbers(const std::vector<float>& values, const std::vector<int64_t>& shape) {
  return at::tensor(values).view(shape);
}

Snake snake(const std::vector<float>& alpha) {
  const auto channels = static_cast<int64_t>(alpha.size());
  return Snake(WeightScope({{"alpha", numbers(alpha, {1, channels, 1})}}, "test"), channels);
}

}  // namespace

TEST_CASE("a snake adds its channel's squared sine") {
  const auto x = numbers({pi / 2, 0, pi / 4, pi / 2, -pi / 2, pi / 2}, {1, 3, 2});
  const auto before = x.clone();
  const auto y = snake({1, 2, -1})(x);
  CHECK(
      at::allclose(y, numbers({pi / 2 + 1, 0, pi / 4 + 0.5F, pi / 2, -pi / 2 - 1, pi / 2 - 1}, {1, 3, 2}), 1e-6, 1e-6));
  CHECK(at::equal(x, before));
}

TEST_CASE("a snake of rate zero does nothing") {
  const auto x = numbers({-3, 0.5F, 100}, {1, 1, 3});
  CHECK(at::equal(snake({0})(x), x));
}

TEST_CASE("a snake treats single samples of several utterances alike") {
  const auto y = snake({1, 2})(numbers({pi / 2, pi / 4, pi, 0}, {2, 2, 1}));
  CHECK(at::allclose(y, numbers({pi / 2 + 1, pi / 4 + 0.5F, pi, 0}, {2, 2, 1}), 1e-6, 1e-6));
}

TEST_CASE("a snake bends numbers of every size as the sine does") {
  // Lengths beside those of a vector and of a block; sizes where the sine's argument is reduced in one way and another.
  for (const int64_t length : {1, 7, 1024, 1031, 2500}) {
    for (const double size : {1e-6, 1.0, 30.0, 3000.0, 1e5, 1e9}) {
      const auto x = at::sin(at::arange(2 * length, at::kDouble) * 1.7 + 0.3).mul(size).to(at::kFloat).view({1, 2, -1});
      const auto rates = at::tensor({1.0F, -0.5F}).view({1, 2, 1});  // products with these are exact
      const auto sine = (x * rates).to(at::kDouble).sin();
      const auto expected = x.to(at::kDouble) + sine * sine / rates;
      const auto y = snake({1, -0.5F})(x).to(at::kDouble);
      CHECK((y - expected).abs().div(expected.abs() * 1e-7 + 6e-7).max().item<double>() <= 1);
    }
  }
}

TEST_CASE("a snake lets what is no number through, and only that") {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  const auto y = snake({1})(numbers({nan, pi / 2, infinity, 0}, {1, 1, 4}));
  CHECK(at::equal(y.isnan().flatten().to(at::kLong), at::tensor({1, 0, 1, 0}, at::kLong)));
  CHECK(y.flatten()[1].item<float>() == doctest::Approx(pi / 2 + 1));
}

TEST_CASE("a snake's rates have the published shape") {
  CHECK_THROWS_WITH_AS(Snake(WeightScope({{"act.alpha", at::ones({2})}}, "test") / "act", 2),
                       "test: tensor 'act.alpha' has shape [2] where [1, 2, 1] is needed (-1: any); check that the "
                       "file belongs to this model",
                       cfo::Error);
}
