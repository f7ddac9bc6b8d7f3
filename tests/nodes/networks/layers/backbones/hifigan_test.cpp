#include "nodes/networks/layers/backbones/hifigan.h"

#include "base/error.h"
#include "tests/support/written_out.h"

using namespace cfo;
using namespace cfo::layers;
using namespace cfo::tensors;
using namespace cfo::test;

namespace {

at::Tensor leaky(const at::Tensor& x, double slope = 0.1) { return at::where(x > 0, x, x * slope); }

/// Two strides and two residual blocks a stage, every number different from its neighbours.
HifiGanOptions small(int64_t width) {
  return {.latent = 3,
          .width = width,
          .strides = {2, 3},
          .kernels = {4, 5},
          .residual_kernels = {3, 5},
          .dilations = {1, 2}};
}

void add_residual(TensorMap& map, const std::string& name, int64_t channels, int64_t kernel) {
  for (const std::string conv : {".convs1.0", ".convs1.1", ".convs2.0", ".convs2.1"})
    add_linear(map, name + conv, {channels, channels, kernel});
}

TensorMap encoder_tensors() {
  TensorMap map;
  add_linear(map, "conv_pre", {16, 1, 7});
  add_linear(map, "ups.0", {32, 16, 5});
  add_linear(map, "ups.1", {64, 32, 4});
  add_residual(map, "resblocks.0", 32, 5);
  add_residual(map, "resblocks.1", 32, 3);
  add_residual(map, "resblocks.2", 64, 5);
  add_residual(map, "resblocks.3", 64, 3);
  for (const std::string block : {"0", "1"}) add_norm(map, "normalize." + block, 32);
  for (const std::string block : {"2", "3"}) add_norm(map, "normalize." + block, 64);
  add_linear(map, "conv_post", {3, 64, 3});
  return map;
}

TensorMap generator_tensors() {
  TensorMap map;
  add_linear(map, "conv_pre", {8, 3, 7});
  add_transposed(map, "ups.0", {8, 4, 4});
  add_transposed(map, "ups.1", {4, 2, 5});
  add_residual(map, "resblocks.0", 4, 3);
  add_residual(map, "resblocks.1", 4, 5);
  add_residual(map, "resblocks.2", 2, 3);
  add_residual(map, "resblocks.3", 2, 5);
  add_linear(map, "conv_post", {1, 2, 7});
  return map;
}

/// Dilations 1 and 2.
at::Tensor written_residual(const TensorMap& map, const std::string& name, const at::Tensor& x, int64_t kernel) {
  const int64_t half = kernel / 2;
  auto y = written_conv(map, name + ".convs1.0", leaky(x), {.padding = half});
  const auto sum = x + written_conv(map, name + ".convs2.0", leaky(y), {.padding = half});
  y = written_conv(map, name + ".convs1.1", leaky(sum), {.dilation = 2, .padding = 2 * half});
  return sum + written_conv(map, name + ".convs2.1", leaky(y), {.padding = half});
}

/// The second block's result joins the first one's under its norm.
at::Tensor written_down(const TensorMap& map, const std::string& conv, const std::vector<std::string>& blocks,
                        const at::Tensor& x, int64_t stride) {
  const auto down = written_conv(map, "ups." + conv, leaky(x), {.stride = stride, .padding = 1});
  const int64_t groups = down.size(0) / 16;
  auto sum = written_group_norm(map, "normalize." + blocks[0], written_residual(map, "resblocks." + blocks[0], down, 5),
                                groups, 1e-6);
  sum = written_group_norm(map, "normalize." + blocks[1],
                           sum + written_residual(map, "resblocks." + blocks[1], down, 3), groups, 1e-6);
  return sum / 2;
}

at::Tensor written_up(const TensorMap& map, const std::string& conv, const std::vector<std::string>& blocks,
                      const at::Tensor& x, int64_t stride) {
  const auto up = written_conv_transpose(map, "ups." + conv, leaky(x), {.stride = stride, .padding = 1});
  return (written_residual(map, "resblocks." + blocks[0], up, 3) +
          written_residual(map, "resblocks." + blocks[1], up, 5)) /
         2;
}

}  // namespace

TEST_CASE("a HiFi-GAN residual block adds a pair of convolutions for each dilation") {
  TensorMap map;
  add_residual(map, "block", 3, 5);
  const WeightScope scope(map, "test");
  const HifiGanResidual block(scope / "block", 3, 5, {1, 2});
  CHECK(scope.unused().empty());
  for (const int64_t length : {1, 2, 9}) {
    check_each_utterance(block, noise("x", {2, 3, length}),
                         [&](const at::Tensor& x) { return written_residual(map, "block", x, 5); });
  }
}

TEST_CASE("HiFi-Codec's encoder runs the generator's strides and kernels backwards, and its norms gather the blocks") {
  const auto map = encoder_tensors();
  const WeightScope scope(map, "test");
  const HifiGanEncoder encoder(scope, small(64));
  CHECK(scope.unused().empty());
  const auto written = [&](const at::Tensor& wave) {
    auto x = written_conv(map, "conv_pre", wave, {.padding = 3});
    x = written_down(map, "0", {"0", "1"}, x, 3);
    x = written_down(map, "1", {"2", "3"}, x, 2);
    return written_conv(map, "conv_post", leaky(x, 0.01), {.padding = 1});
  };
  for (const int64_t length : {6, 13, 24}) {
    CAPTURE(length);
    const auto wave = noise("wave", {2, 1, length});
    check_each_utterance(encoder, wave, written);
    CHECK(encoder(wave).size(2) == length / 6);
  }
}

TEST_CASE("the encoder's norms have the epsilon 1e-6") {
  auto map = encoder_tensors();
  for (auto& [name, tensor] : map) {
    if (name.find("conv_pre") == 0 || name.find(".bias") != std::string::npos) tensor = tensor * 1e-3;
  }
  const HifiGanEncoder encoder(WeightScope(map, "test"), small(64));
  check_each_utterance([&](const at::Tensor& x) { return encoder.stage(0, x); }, noise("x", {2, 16, 6}, 1e-3),
                       [&](const at::Tensor& x) {
                         return written_down(map, "0", {"0", "1"}, x, 3);
                       });
}

TEST_CASE("HiFi-GAN's generator takes the mean of its residual blocks at each stage") {
  const auto map = generator_tensors();
  const WeightScope scope(map, "test");
  const HifiGanGenerator generator(scope, small(8));
  CHECK(scope.unused().empty());
  const auto written = [&](const at::Tensor& latent) {
    auto x = written_conv(map, "conv_pre", latent, {.padding = 3});
    x = written_up(map, "0", {"0", "1"}, x, 2);
    x = written_up(map, "1", {"2", "3"}, x, 3);
    return written_conv(map, "conv_post", leaky(x), {.padding = 3}).tanh();
  };
  for (const int64_t frames : {1, 2, 7}) {
    CAPTURE(frames);
    const auto latent = noise("latent", {2, 3, frames});
    check_each_utterance(generator, latent, written);
    CHECK(generator(latent).size(2) == 6 * frames);
  }
}

TEST_CASE("a HiFi-GAN whose strided kernels are of other sizes is refused") {
  auto options = small(8);
  options.kernels = {4, 7};
  CHECK_THROWS_WITH_AS(HifiGanGenerator(WeightScope(generator_tensors(), "test"), options),
                       doctest::Contains("tensor 'ups.1.weight' has shape [4, 2, 5] where [4, 2, 7] is needed"),
                       cfo::Error);
}
