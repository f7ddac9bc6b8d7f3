// The small layers of image networks, on values worked out by hand.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>

#include "nodes/networks/codecs/semanticodec/audio_mae.h"
#include "nodes/networks/codecs/semanticodec/diffusion/doubled.h"
#include "nodes/networks/layers/basic/conv2d.h"
#include "nodes/networks/codecs/semanticodec/diffusion/cross_attention.h"
#include "nodes/networks/codecs/semanticodec/diffusion/residual2d.h"
#include "nodes/networks/codecs/semanticodec/diffusion/sinusoids.h"
#include "nodes/networks/codecs/semanticodec/diffusion/spatial_transformer.h"

using namespace cfo;
using tensors::WeightScope;

namespace {

void add_norm(TensorMap& tensors, const std::string& name, int64_t size) {
  tensors[name + ".weight"] = at::ones({size});
  tensors[name + ".bias"] = at::zeros({size});
}

void add_layer(TensorMap& tensors, const std::string& name, const at::Tensor& weight) {
  tensors[name + ".weight"] = weight;
  tensors[name + ".bias"] = at::zeros({weight.size(0)});
}

/// A layer that gives zeros.
void add_silent(TensorMap& tensors, const std::string& name, const std::vector<int64_t>& shape) {
  add_layer(tensors, name, at::zeros(shape));
}

}  // namespace

TEST_CASE("a strided convolution over an image, and an image doubled") {
  const WeightScope scope({{"weight", at::ones({1, 1, 3, 3})}, {"bias", at::tensor({0.5f})}}, "x");
  const auto image = at::arange(16, at::kFloat).view({1, 1, 4, 4});
  const auto sums = layers::Conv2d(scope, {.in = 1, .out = 1, .stride = {2, 2}})(image);
  CHECK(at::equal(sums.flatten(), at::tensor({10.5f, 24.5f, 51.5f, 90.5f})));  // 0+1+4+5, 1+2+3+5+6+7, ...
  const auto twice = codecs::doubled(at::tensor({1.f, 2.f}).view({1, 1, 1, 2}));
  CHECK(at::equal(twice.view({2, 4}), at::tensor({1.f, 1.f, 2.f, 2.f, 1.f, 1.f, 2.f, 2.f}).view({2, 4})));
}

TEST_CASE("sines and cosines side by side") {
  const auto table = codecs::sinusoids(3, 4);
  const auto expected = at::tensor({0.0, 1.0, 0.0, 1.0, std::sin(1.0), std::cos(1.0), std::sin(0.01), std::cos(0.01),
                                    std::sin(2.0), std::cos(2.0), std::sin(0.02), std::cos(0.02)},
                                   at::kDouble);
  CHECK(table.flatten().to(at::kDouble).allclose(expected, 1e-6, 1e-6));
}

TEST_CASE("attention weighs the memory by the products of query and keys, and one memory serves a batch") {
  TensorMap tensors = {{"to_q.weight", at::eye(2)},
                       {"to_k.weight", at::tensor({1.f, 0.f, 0.f, 0.f, 1.f, 0.f}).view({2, 3})},
                       {"to_v.weight", at::tensor({0.f, 0.f, 1.f, 0.f, 0.f, 2.f}).view({2, 3})}};
  add_layer(tensors, "to_out.0", at::eye(2));
  const codecs::CrossAttention attention(WeightScope(tensors, "x"), {.dimension = 2, .context = 3, .heads = 1});
  // keys (1, 0) and (0, 2), values (5, 10) and (7, 14)
  const auto memory = attention.remember(at::tensor({1.f, 0.f, 5.f, 0.f, 2.f, 7.f}).view({1, 2, 3}));
  const auto result = attention(at::tensor({3.f, 1.f, 0.f, 0.f}).view({2, 1, 2}), memory);
  const double first = 1 / (1 + std::exp((2.0 - 3.0) / std::sqrt(2.0)));
  CHECK(result[0][0][0].item<double>() == doctest::Approx(5 * first + 7 * (1 - first)));
  CHECK(result[0][0][1].item<double>() == doctest::Approx(10 * first + 14 * (1 - first)));
  CHECK(result[1][0][0].item<double>() == doctest::Approx(6));  // a query of zeros weighs all alike
}

TEST_CASE("a residual block adds to its input, through a convolution where the channels change") {
  constexpr int64_t narrow = 32, wide = 64;
  TensorMap tensors;
  for (const auto& [name, out] : {std::pair{std::string("same"), narrow}, std::pair{std::string("wider"), wide}}) {
    add_norm(tensors, name + ".norm1", narrow);
    add_norm(tensors, name + ".norm2", out);
    add_silent(tensors, name + ".conv1", {out, narrow, 3, 3});
    add_silent(tensors, name + ".conv2", {out, out, 3, 3});
  }
  tensors["same.conv2.bias"] = at::full({narrow}, 0.25);
  add_layer(tensors, "wider.nin_shortcut", at::full({wide, narrow, 1, 1}, 0.5));
  const WeightScope scope(tensors, "x");
  const auto x = at::arange(narrow * 4, at::kFloat).view({1, narrow, 2, 2});
  CHECK(at::equal(codecs::Residual2d::plain(scope / "same", narrow, narrow)(x), x + 0.25));
  CHECK(codecs::Residual2d::plain(scope / "wider", narrow, wide)(x).allclose(
      (x.sum(1, true) * 0.5).expand({1, wide, 2, 2})));
}

TEST_CASE("a residual block hears its embedding") {
  constexpr int64_t channels = 32;
  TensorMap tensors;
  add_norm(tensors, "in_layers.0", channels);
  add_norm(tensors, "out_layers.0", channels);
  add_silent(tensors, "in_layers.2", {channels, channels, 3, 3});
  auto centre = at::zeros({channels, channels, 3, 3});
  for (int64_t c = 0; c < channels; ++c) centre[c][c][1][1] = 1;
  add_layer(tensors, "out_layers.3", centre);
  add_layer(tensors, "emb_layers.1", at::ones({channels, 1}));
  // What the embedding adds is the same at every pixel, so a norm of one channel a group takes it off again: only its
  // bias is left.
  tensors["out_layers.0.bias"] = at::full({channels}, 2.0);
  const auto block = codecs::Residual2d::timed(WeightScope(tensors, "x"), channels, channels, 1);
  const auto x = at::zeros({1, channels, 2, 2});
  const double silu = 2 / (1 + std::exp(-2.0));
  CHECK(block(x, at::tensor({3.f}).view({1, 1})).allclose(at::full({1, channels, 2, 2}, silu), 1e-4, 1e-4));
}

TEST_CASE("a spatial transformer adds what its layers say; without a context it looks at the image alone") {
  constexpr int64_t channels = 32;
  TensorMap tensors;
  add_norm(tensors, "norm", channels);
  add_layer(tensors, "proj_in", at::eye(channels).view({channels, channels, 1, 1}));
  add_layer(tensors, "proj_out", at::eye(channels).view({channels, channels, 1, 1}));
  const std::string layer = "transformer_blocks.0.";
  for (const auto* norm : {"norm1", "norm2", "norm3"}) add_norm(tensors, layer + norm, channels);
  for (const auto* attention : {"attn1", "attn2"}) {
    for (const auto* part : {".to_q.weight", ".to_k.weight", ".to_v.weight"})
      tensors[layer + attention + part] = at::zeros({channels, channels});
    add_silent(tensors, layer + attention + ".to_out.0", {channels, channels});
  }
  add_silent(tensors, layer + "ff.net.0.proj", {8 * channels, channels});
  add_silent(tensors, layer + "ff.net.2", {channels, 4 * channels});
  tensors[layer + "attn2.to_out.0.bias"] = at::full({channels}, 3.0);
  const codecs::SpatialTransformer transformer(WeightScope(tensors, "x"), {.channels = channels, .heads = 2});
  CHECK_FALSE(transformer.looks_at_context());
  CHECK(transformer.remember(at::zeros({1, 4, channels})).empty());
  const auto x = at::arange(channels * 4, at::kFloat).view({1, channels, 2, 2});
  const auto normed =
      at::tensor({-1.5f, -0.5f, 0.5f, 1.5f}).div(std::sqrt(1.25)).view({1, 1, 2, 2});  // each channel is a group
  CHECK(transformer(x, {}).allclose(x + normed + 3, 1e-4, 1e-4));
}

TEST_CASE("AudioMAE gives the mean of the last blocks' normed outputs, patches by time and then frequency") {
  // Two blocks that add nothing but the second's bias, patches of one value, positions of zero: a norm over (p, 0) is
  // (1, -1) for p > 0.
  TensorMap tensors = {{"patch_embed.proj.weight", at::tensor({1.f, 0.f}).view({2, 1, 1, 1})},
                       {"patch_embed.proj.bias", at::zeros({2})},
                       {"cls_token", at::zeros({1, 1, 2})},
                       {"pos_embed", at::zeros({1, 5, 2})}};
  add_norm(tensors, "norm", 2);
  for (const auto* block : {"blocks.0.", "blocks.1."}) {
    add_norm(tensors, std::string(block) + "norm1", 2);
    add_norm(tensors, std::string(block) + "norm2", 2);
    add_silent(tensors, std::string(block) + "attn.qkv", {6, 2});
    add_silent(tensors, std::string(block) + "attn.proj", {2, 2});
    add_silent(tensors, std::string(block) + "mlp.fc1", {8, 2});
    add_silent(tensors, std::string(block) + "mlp.fc2", {2, 8});
  }
  tensors["blocks.1.mlp.fc2.bias"] = at::tensor({0.f, 100.f});
  const auto spectrogram = at::tensor({50.f, 150.f, 250.f, -50.f}).view({1, 2, 2});
  const auto patches = [&](int64_t first_output) {
    const codecs::AudioMaeOptions options = {.frames = 2,
                                             .bands = 2,
                                             .patch = 1,
                                             .width = 2,
                                             .depth = 2,
                                             .heads = 1,
                                             .inner = 8,
                                             .first_output = first_output};
    return codecs::AudioMae(WeightScope(tensors, "x"), options)(spectrogram).select(2, 0).flatten();
  };
  CHECK(patches(1).allclose(at::tensor({-1.f, 1.f, 1.f, -1.f}), 1e-4, 1e-4));
  CHECK(patches(0).allclose(at::tensor({0.f, 1.f, 1.f, -1.f}), 1e-4, 1e-4));
}
