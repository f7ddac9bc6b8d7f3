#include "nodes/layers/snake.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <numbers>

#include "base/error.h"

using namespace cfo::layers;

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

TEST_CASE("a snake's rates have the published shape") {
  CHECK_THROWS_WITH_AS(Snake(WeightScope({{"act.alpha", at::ones({2})}}, "test") / "act", 2),
                       "test: tensor 'act.alpha' has shape [2] where [1, 2, 1] is needed (-1: any); check that the "
                       "file belongs to this model",
                       cfo::Error);
}
