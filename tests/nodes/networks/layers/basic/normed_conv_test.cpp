#include "nodes/networks/layers/basic/normed_conv.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>

using namespace cfo;
using namespace cfo::layers;
using namespace cfo::tensors;

namespace {

at::Tensor row(const std::vector<float>& numbers) { return at::tensor(numbers).view({1, 1, -1}); }

/// Kernel (1, 1, 1, 1), no bias; a norm that doubles and adds 3.
WeightScope weights() {
  return WeightScope(
      {{"conv.weight", at::ones({1, 1, 4})}, {"norm.weight", at::full({1}, 2.0F)}, {"norm.bias", at::full({1}, 3.0F)}},
      "test");
}

}  // namespace

TEST_CASE("the norm of a transposed convolution counts the samples that the trim cuts off") {
  const auto scope = weights();
  const NormedConvTranspose1d up(
      scope / "conv", {.kernel = 4, .stride = 2, .bias = false, .padding = Padding::centred(PadMode::reflect)},
      GroupNorm(scope / "norm", 1, 1));
  // Untrimmed: 1 1 4 4 3 3, mean 8 / 3, variance 14 / 9; one sample is cut from each end.
  const double deviation = std::sqrt(14.0 / 9 + 1e-5);
  std::vector<float> expected;
  for (const double value : {1, 4, 4, 3}) expected.push_back(static_cast<float>(3 + 2 * (value - 8.0 / 3) / deviation));
  CHECK(at::allclose(up(row({1, 3})), row(expected), 1e-5, 1e-5));
}

TEST_CASE("a convolution without a norm is the convolution") {
  const auto scope = weights();
  const NormedConv1d conv(scope / "conv", {.kernel = 4, .bias = false}, std::nullopt);
  CHECK(at::equal(conv(row({1, 2, 3, 4, 5})), row({10, 14})));
}
