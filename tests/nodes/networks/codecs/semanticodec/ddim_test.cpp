// DDIM on diffusions whose answer is known.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>

#include "base/error.h"
#include "nodes/networks/codecs/semanticodec/diffusion/ddim.h"

using namespace cfo;
using codecs::Ddim;
using tensors::WeightScope;

namespace {

const WeightScope nothing({}, "none");

at::Tensor mixture(double alpha, const at::Tensor& clean, const at::Tensor& error) {
  return clean * std::sqrt(alpha) + error * std::sqrt(1 - alpha);
}

at::Tensor velocity(double alpha, const at::Tensor& clean, const at::Tensor& error) {
  return error * std::sqrt(alpha) - clean * std::sqrt(1 - alpha);
}

}  // namespace

TEST_CASE("the timesteps walked, and the shares of the signal there") {
  const Ddim ddim(nothing, {.timesteps = 10, .first_variance = 0.01, .last_variance = 0.25, .steps = 5, .eta = 1});
  // Square roots of the variances: 0.1, 0.1 + 0.4 / 9, ...
  const auto share = [](int timestep) {
    double product = 1;
    for (int t = 0; t <= timestep; ++t) product *= 1 - std::pow(0.1 + 0.4 * t / 9, 2);
    return product;
  };
  const int timesteps[] = {9, 7, 5, 3, 1}, before[] = {7, 5, 3, 1, 0};
  REQUIRE(ddim.steps().size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    const auto& step = ddim.steps()[i];
    CHECK(step.timestep == timesteps[i]);
    CHECK(step.alpha == doctest::Approx(share(timesteps[i])).epsilon(1e-6));
    CHECK(step.previous == doctest::Approx(share(before[i])).epsilon(1e-6));
    const double ratio = (1 - step.previous) / (1 - step.alpha) * (1 - step.alpha / step.previous);
    CHECK(step.sigma == doctest::Approx(std::sqrt(ratio)).epsilon(1e-6));
  }
}

TEST_CASE("without fresh noise a model that knows the clean signal is led to it") {
  const Ddim ddim(nothing,
                  {.timesteps = 1000, .first_variance = 0.0015, .last_variance = 0.0195, .steps = 5, .eta = 0});
  const auto clean = at::tensor({0.5f, -1.f, 2.f}), error = at::tensor({1.f, 0.25f, -0.5f});
  const auto& steps = ddim.steps();
  int64_t asked = 0;
  const auto predict = [&](const at::Tensor& x, int64_t timestep) {
    const auto& step = steps.at(static_cast<std::size_t>(asked++));
    CHECK(timestep == step.timestep);
    CHECK(x.allclose(mixture(step.alpha, clean, error), 1e-5, 1e-5));
    return velocity(step.alpha, clean, error);
  };
  const auto noise = [&](int64_t draw) {
    return draw == 0 ? mixture(steps.front().alpha, clean, error) : at::full({3}, 1e6);
  };
  const auto result = ddim.sample(predict, noise);
  CHECK(asked == 5);
  CHECK(result.allclose(mixture(steps.back().previous, clean, error), 1e-4, 1e-4));
}

TEST_CASE("fresh noise is scaled by sigma and takes its power from the error") {
  const Ddim::Step step = {.timestep = 1, .alpha = 0.36, .previous = 0.64, .sigma = 0.48};
  const auto clean = at::tensor({1.f, 0.f, 0.f}), error = at::tensor({0.f, 1.f, 0.f}),
             fresh = at::tensor({0.f, 0.f, 1.f});
  const auto x = mixture(step.alpha, clean, error), v = velocity(step.alpha, clean, error);
  // sqrt(0.64), sqrt(1 - 0.64 - 0.48^2), 0.48
  CHECK(Ddim::advance(step, x, v, fresh).allclose(at::tensor({0.8f, 0.36f, 0.48f}), 1e-5, 1e-6));
}

TEST_CASE("stored shares are taken, and steps that leave the timesteps are refused") {
  const WeightScope stored({{"alphas_cumprod", at::tensor({0.9f, 0.8f, 0.5f, 0.1f})}}, "x.ckpt");
  const Ddim ddim(stored, {.timesteps = 4, .steps = 2});
  REQUIRE(ddim.steps().size() == 2);
  CHECK(ddim.steps()[0].timestep == 3);
  CHECK(ddim.steps()[0].alpha == doctest::Approx(0.1));
  CHECK(ddim.steps()[1].previous == doctest::Approx(0.9));
  CHECK_THROWS_WITH_AS(Ddim(nothing, {.timesteps = 4, .steps = 0}),
                       "a diffusion of 4 timesteps can be sampled in 1 to 4 steps, but got 0", Error);
  CHECK_THROWS_WITH_AS(Ddim(nothing, {.timesteps = 4, .steps = 3}), doctest::Contains("lead beyond the last one"),
                       Error);
}
