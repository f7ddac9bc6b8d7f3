#include "nodes/networks/codecs/socodec/ecapa_tdnn.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>

#include "base/error.h"

using namespace cfo;
using namespace cfo::codecs;
using namespace cfo::layers;
using namespace cfo::tensors;

namespace {

at::Tensor kernel(const std::vector<float>& numbers, const std::vector<int64_t>& shape) {
  return at::tensor(numbers).view(shape);
}

void add_pointwise(TensorMap& weights, const std::string& name, const std::vector<float>& numbers, int64_t out,
                   int64_t in) {
  weights[name + ".weight"] = kernel(numbers, {out, in, 1});
  weights[name + ".bias"] = at::zeros({out});
}

}  // namespace

TEST_CASE("a TDNN mirrors its input at the ends and leaves nothing negative") {
  const WeightScope scope({{"conv.conv.weight", kernel({1, 0, -1}, {1, 1, 3})}, {"conv.conv.bias", at::tensor({0.5F})}},
                          "test");
  const Tdnn tdnn(scope,
                  {.in = 1, .out = 1, .kernel = 3, .dilation = 2, .padding = Padding::fixed(2, PadMode::reflect)});
  // 3 2 [1 2 3 5] 3 2: x[t - 2] - x[t + 2] + 0.5 = 3 - 3, 2 - 5, 1 - 3, 2 - 2.
  CHECK(
      at::equal(tdnn(at::tensor({1.F, 2.F, 3.F, 5.F}).view({1, 1, 4})).flatten(), at::tensor({0.5F, 0.F, 0.F, 0.5F})));
}

TEST_CASE("a Res2Net part sees what the part before it became, and the utterance's mean scales each channel") {
  TensorMap weights;
  const std::vector<float> identity = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  add_pointwise(weights, "tdnn1.conv.conv", identity, 3, 3);
  add_pointwise(weights, "tdnn2.conv.conv", identity, 3, 3);
  add_pointwise(weights, "res2net_block.blocks.0.conv.conv", {2}, 1, 1);
  add_pointwise(weights, "res2net_block.blocks.1.conv.conv", {3}, 1, 1);
  add_pointwise(weights, "se_block.conv1.conv", {1, 0, 0}, 1, 3);
  add_pointwise(weights, "se_block.conv2.conv", {1, 0, -1}, 3, 1);
  const SeRes2Net block(WeightScope(weights, "test"), 0,
                        {.channels = {3}, .kernels = {1}, .dilations = {1}, .scale = 3, .squeezed = 1});
  // x = 1, 1, 1 and 3, 0, 2: parts 1, 2, 3 (1 + 2) and 3, 0, 3 (2 + 0); the first channel's mean is 2.
  const auto x = at::tensor({1.F, 3.F, 1.F, 0.F, 1.F, 2.F}).view({1, 3, 2});
  const double up = 1 / (1 + std::exp(-2.0)), down = 1 - up;
  const auto expected =
      at::tensor({1 + up, 3 + 3 * up, 1 + 2 * 0.5, 0.0, 1 + 9 * down, 2 + 6 * down}).view({1, 3, 2}).to(at::kFloat);
  CHECK(at::allclose(block(x), expected, 1e-5, 1e-6));
}

TEST_CASE("pooling with equal weights gives mean and deviation, and a frame of all the weight gives itself") {
  TensorMap weights;
  add_pointwise(weights, "tdnn.conv.conv", {1, 0, 0}, 1, 3);
  add_pointwise(weights, "conv.conv", {0}, 1, 1);
  const auto x = at::tensor({1.F, 2.F, 6.F}).view({1, 1, 3});
  const auto even = AttentivePooling(WeightScope(weights, "test"), 1, 1)(x);
  REQUIRE(even.sizes() == at::IntArrayRef({1, 2}));
  CHECK(even[0][0].item<double>() == doctest::Approx(3));
  CHECK(even[0][1].item<double>() == doctest::Approx(std::sqrt((4 + 1 + 9) / 3.0)));
  // tanh(x - 2.5 of the channel's own mean 3): the last frame alone is above 0, and 100 times that leaves no other
  // frame any weight.
  weights["tdnn.conv.conv.weight"] = kernel({1, -1, 0}, {1, 3, 1});
  weights["conv.conv.weight"] = kernel({100}, {1, 1, 1});
  const auto last = AttentivePooling(WeightScope(weights, "test"), 1, 1)(x);
  CHECK(last[0][0].item<double>() == doctest::Approx(6));
  CHECK(last[0][1].item<double>() == doctest::Approx(1e-6));
}

TEST_CASE("lists of different lengths are refused") {
  const EcapaOptions options = {.channels = {4, 4, 4}, .kernels = {3, 3}, .dilations = {1, 1, 1}};
  CHECK_THROWS_WITH_AS(
      EcapaTdnn(WeightScope({}, "test"), options),
      "ECAPA-TDNN needs at least 3 numbers of channels, each with a kernel and a dilation, but got 3, 2 and 3",
      cfo::Error);
}
