#include "nodes/networks/codecs/freqcodec/normed_conv2d.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

using namespace cfo;
using namespace cfo::codecs;
using namespace cfo::layers;
using namespace cfo::tensors;

namespace {

WeightScope kernel(const at::Tensor& weight) {
  return WeightScope({{"weight", weight.unsqueeze(0).unsqueeze(0)}, {"bias", at::zeros({1})}}, "test");
}

at::Tensor image(const std::vector<float>& numbers, int64_t rows) { return at::tensor(numbers).view({1, 1, rows, -1}); }

}  // namespace

TEST_CASE("what makes the last frame whole is reflected before the first") {
  const auto scope = kernel(at::tensor({1.F, 2.F, 3.F, 4.F}).view({1, 4}));
  const NormedConv2d conv(scope, {.kernel = {1, 4}, .stride = {1, 2}}, std::nullopt);
  // 3 2 | 1 2 3 | 2
  CHECK(at::equal(conv(image({1, 2, 3}, 1)), image({18, 22}, 1)));
}

TEST_CASE("rows are reflected too, and those that make no whole step are dropped") {
  const auto scope = kernel(at::ones({4, 1}));
  const NormedConv2d conv(scope, {.kernel = {4, 1}, .stride = {2, 1}}, std::nullopt);
  // 2 | 1 2 3 4 5 | 4
  CHECK(at::equal(conv(image({1, 2, 3, 4, 5}, 5)), image({8, 14}, 2)));
}

TEST_CASE("an axis too short to be reflected is extended with zeros") {
  const auto scope = kernel(at::tensor({1.F, 10.F, 100.F}).view({1, 3}));
  const NormedConv2d conv(scope, {.kernel = {1, 3}}, std::nullopt);
  // 0 | 5 | 0
  CHECK(at::equal(conv(image({5}, 1)), image({50}, 1)));
}

TEST_CASE("a transposed convolution trims its surplus, except for the rows to keep") {
  const auto scope = kernel(at::ones({4, 2}));
  const NormedConv2dOptions options = {.kernel = {4, 2}, .stride = {2, 1}};
  // Rows 1 1 4 4 3 3 in two frames each, of which the second stays.
  CHECK(at::equal(NormedConvTranspose2d(scope, options, std::nullopt)(image({1, 3}, 2)), image({1, 4, 4, 3}, 4)));
  CHECK(at::equal(NormedConvTranspose2d(scope, options, std::nullopt, 1)(image({1, 3}, 2)), image({1, 4, 4, 3, 3}, 5)));
}

TEST_CASE("the norm of a transposed convolution over rows counts what is cut off") {
  auto tensors = TensorMap{{"conv.weight", at::ones({1, 1, 4, 1})},
                           {"conv.bias", at::zeros({1})},
                           {"norm.weight", at::full({1}, 2.F)},
                           {"norm.bias", at::full({1}, 3.F)}};
  const WeightScope scope(std::move(tensors), "test");
  const NormedConvTranspose2d up(scope / "conv", {.kernel = {4, 1}, .stride = {2, 1}}, GroupNorm(scope / "norm", 1, 1));
  // Untrimmed: 1 1 4 4 3 3, mean 8 / 3, variance 14 / 9.
  const auto expected = (image({1, 4, 4, 3}, 4) - 8.0 / 3) / std::sqrt(14.0 / 9 + 1e-5) * 2 + 3;
  CHECK(at::allclose(up(image({1, 3}, 2)), expected, 1e-5, 1e-5));
}
