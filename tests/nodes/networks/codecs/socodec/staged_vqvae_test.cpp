#include "nodes/networks/codecs/socodec/staged_vqvae.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>

#include "base/error.h"
#include "nodes/networks/tensors/seeded_weights.h"

using namespace cfo;
using namespace cfo::codecs;
using namespace cfo::layers;
using namespace cfo::tensors;

namespace {

constexpr int64_t width = 4;
const StagedVqVaeOptions options = {.width = width, .kernel = 3, .groups = 2, .strides = {2, 3}};

at::Tensor values(const std::string& name, const std::vector<int64_t>& shape) {
  return seeded_tensor(name, shape, -0.5, 0.5, 5);
}

void add(TensorMap& weights, const std::string& name, const std::vector<int64_t>& shape) {
  weights[name + ".weight"] = values(name + ".weight", shape);
  weights[name + ".bias"] = values(name + ".bias", {width});
}

void add_unit(TensorMap& weights, const std::string& name) {
  add(weights, name + ".layers.0", {width, width / 2, 3});
  add(weights, name + ".layers.3", {width, width / 2, 3});
}

StagedEncoder encoder() {
  TensorMap weights;
  add(weights, "layers.0", {width, 2, 3});
  for (const auto& [place, stride] : std::map<std::string, int64_t>{{"layers.2.layers.", 2}, {"layers.5.layers.", 3}}) {
    add_unit(weights, place + "0");
    add_unit(weights, place + "3");
    add(weights, place + "6", {width, width, 2 * stride});
  }
  add(weights, "layers.8", {width, width, 3});
  const WeightScope scope(weights, "test");
  StagedEncoder made(scope, 2, options);
  CHECK(scope.unused().empty());
  return made;
}

StagedDecoder decoder() {
  TensorMap weights;
  add(weights, "layers.0", {width, width, 3});
  for (const auto& [place, stride] : std::map<std::string, int64_t>{{"layers.2.layers.", 2}, {"layers.5.layers.", 3}}) {
    add(weights, place + "0", {width, width, 2 * stride});
    add_unit(weights, place + "3");
    add_unit(weights, place + "6");
  }
  const WeightScope scope(weights, "test");
  StagedDecoder made(scope, options);
  CHECK(scope.unused().empty());
  return made;
}

double swish(double x) { return x / (1 + std::exp(-x)); }

}  // namespace

TEST_CASE("a causal convolution sees zeros before its input and rounds frames up") {
  const WeightScope scope(
      {{"weight", at::tensor({1.F, 10.F, 100.F, 1000.F}).view({1, 1, 4})}, {"bias", at::tensor({0.5F})}}, "test");
  const CausalConv1d conv(scope, {.in = 1, .out = 1, .kernel = 4, .stride = 2});
  CHECK(at::equal(conv(at::tensor({1.F, 2.F, 3.F}).view({1, 1, 3})), at::tensor({1000.5F, 3210.5F}).view({1, 1, 2})));
  CHECK(at::equal(conv(at::tensor({1.F}).view({1, 1, 1})), at::tensor({1000.5F}).view({1, 1, 1})));
}

TEST_CASE("a residual unit adds two convolutions with swish between") {
  // One channel, kernel 1: 3 x + 1, swish, -2 y + 0.5.
  const WeightScope scope({{"0.weight", at::full({1, 1, 1}, 3.0)},
                           {"0.bias", at::ones({1})},
                           {"3.weight", at::full({1, 1, 1}, -2.0)},
                           {"3.bias", at::full({1}, 0.5)}},
                          "test");
  const StagedResidual unit(scope, {.width = 1, .kernel = 1, .groups = 1, .strides = {}});
  const auto result = unit(at::tensor({2.F, -1.F}).view({1, 1, 2})).flatten();
  CHECK(result[0].item<double>() == doctest::Approx(2 - 2 * swish(7) + 0.5));
  CHECK(result[1].item<double>() == doctest::Approx(-1 - 2 * swish(-2) + 0.5));
}

TEST_CASE("the encoder rounds frames up at every stride, the decoder multiplies them") {
  const auto made = encoder();
  for (const auto& [given, frames] : std::map<int64_t, int64_t>{{1, 1}, {2, 1}, {6, 1}, {7, 2}, {12, 2}, {13, 3}}) {
    CHECK(made(values("x", {2, 2, given})).sizes() == at::IntArrayRef({2, width, frames}));
  }
  CHECK(decoder()(values("x", {2, width, 3})).sizes() == at::IntArrayRef({2, width, 18}));
  CHECK(decoder().last_layer() == 8);
}

TEST_CASE("no frame of either half sees a later one") {
  const auto coder = encoder();
  const auto features = values("features", {1, 2, 24});
  CHECK(at::allclose(coder(features).narrow(2, 0, 2), coder(features.narrow(2, 0, 12)), 1e-5, 1e-6));
  const auto restorer = decoder();
  const auto latent = values("latent", {1, width, 4});
  const auto whole = restorer(latent), beginning = restorer(latent.narrow(2, 0, 2));
  CHECK(at::allclose(whole.narrow(2, 0, 12), beginning, 1e-5, 1e-6));
  // and each does see its own: a change of frame 1 is heard from its first hidden frame on.
  auto changed = latent.clone();
  changed.select(2, 1) += 1;
  const auto difference = (restorer(changed) - whole).abs().amax(at::IntArrayRef{0, 1});
  CHECK(difference.narrow(0, 0, 6).max().item<double>() < 1e-6);
  CHECK(difference[6].item<double>() > 1e-4);
}
