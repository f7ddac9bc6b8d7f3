#include "nodes/networks/codecs/socodec/bigvgan.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>

#include "nodes/networks/tensors/seeded_weights.h"

using namespace cfo;
using namespace cfo::codecs;
using namespace cfo::layers;
using namespace cfo::tensors;

namespace {

at::Tensor values(const std::string& name, const std::vector<int64_t>& shape) {
  return seeded_tensor(name, shape, -0.3, 0.3, 9);
}

void add_activation(TensorMap& weights, const std::string& name, int64_t channels) {
  weights[name + ".act.alpha"] = values(name + ".act.alpha", {channels});
  weights[name + ".act.beta"] = values(name + ".act.beta", {channels});
}

void add_conv(TensorMap& weights, const std::string& name, const std::vector<int64_t>& shape, int64_t out) {
  weights[name + ".weight"] = values(name + ".weight", shape);
  weights[name + ".bias"] = values(name + ".bias", {out});
}

void add_residual(TensorMap& weights, const std::string& name, int64_t channels, int64_t kernel) {
  for (const auto* i : {"0", "1"}) {
    add_activation(weights, name + ".activations." + i, channels);
    add_conv(weights, name + ".convs." + i, {channels, channels, kernel}, channels);
  }
}

/// Two stages of 4 and 2 channels, and two residual blocks in each.
TensorMap generator() {
  TensorMap weights;
  add_conv(weights, "conv_pre", {8, 3, 7}, 8);
  add_conv(weights, "ups.0.0", {8, 4, 7}, 4);
  add_conv(weights, "ups.1.0", {4, 2, 4}, 2);
  for (const int64_t block : {0, 1, 2, 3})
    add_residual(weights, "resblocks." + std::to_string(block), block < 2 ? 4 : 2, block % 2 == 0 ? 3 : 5);
  add_activation(weights, "activation_post", 2);
  add_conv(weights, "conv_post", {1, 2, 7}, 1);
  return weights;
}

const HifiGanOptions options = {
    .latent = 3, .width = 8, .strides = {3, 2}, .kernels = {7, 4}, .residual_kernels = {3, 5}, .dilations = {1, 3}};

}  // namespace

TEST_CASE("a residual block adds each convolution of the activated sum before it") {
  TensorMap weights;
  add_residual(weights, "block", 2, 3);
  const WeightScope scope(weights, "test");
  const BigVganResidual block(scope / "block", 2, 3, {1, 3});
  const auto x = values("x", {2, 2, 20});
  const AntiAliasedSnake first(scope / "block.activations.0", 2), second(scope / "block.activations.1", 2);
  const auto conv = [&](const char* place, const at::Tensor& input, int64_t dilation) {
    return at::conv1d(input, weights.at(std::string("block.convs.") + place + ".weight"),
                      weights.at(std::string("block.convs.") + place + ".bias"), 1, dilation, dilation);
  };
  const auto sum = x + conv("0", first(x), 1);
  CHECK(at::allclose(block(x), sum + conv("1", second(sum), 3), 1e-5, 1e-6));
  CHECK(at::equal(x, values("x", {2, 2, 20})));
}

TEST_CASE("the generator makes hop samples a frame within -1 and 1, and uses every tensor") {
  const WeightScope scope(generator(), "test");
  const BigVgan network(scope, options);
  CHECK(scope.unused().empty());
  const auto wave = network(values("mel", {2, 3, 5}) * 20);
  CHECK(wave.sizes() == at::IntArrayRef({2, 1, 30}));
  CHECK(wave.abs().max().item<double>() <= 1);
}

TEST_CASE("the blocks of a stage are averaged, not chained") {
  // Blocks whose convolutions are zero leave their input as it is; so does the mean of two, where a sum would double
  // it.
  auto weights = generator();
  const auto silence = [&](const std::string& block) {
    for (const auto* i : {"0", "1"}) {
      weights[block + ".convs." + i + ".weight"].zero_();
      weights[block + ".convs." + i + ".bias"].zero_();
    }
  };
  for (const auto* block : {"resblocks.0", "resblocks.1", "resblocks.2", "resblocks.3"}) silence(block);
  const WeightScope scope(weights, "test");
  const auto mel = values("mel", {1, 3, 5});
  const auto conv = [&](const at::Tensor& x, const char* name) {
    return at::conv1d(x, weights.at(std::string(name) + ".weight"), weights.at(std::string(name) + ".bias"), 1, 3);
  };
  const auto up = [&](const at::Tensor& x, const char* name, int64_t stride, int64_t padding) {
    return at::conv_transpose1d(x, weights.at(std::string(name) + ".weight"), weights.at(std::string(name) + ".bias"),
                                stride, padding);
  };
  const auto raised = up(up(conv(mel, "conv_pre"), "ups.0.0", 3, 2), "ups.1.0", 2, 1);
  const auto expected = conv(AntiAliasedSnake(scope / "activation_post", 2)(raised), "conv_post").tanh();
  CHECK(at::allclose(BigVgan(scope, options)(mel), expected, 1e-5, 1e-6));
}
