// The shared layers against sums written out.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "base/error.h"
#include "nodes/networks/codecs/hilcodec/dft_kernel.h"
#include "nodes/networks/layers/basic/conv.h"
#include "nodes/networks/layers/basic/recurrent.h"
#include "nodes/networks/layers/quantizers/residual_quantizer.h"
#include "nodes/networks/tensors/seeded_weights.h"

using namespace cfo;
using namespace cfo::codecs;
using namespace cfo::layers;
using namespace cfo::tensors;

namespace {

at::Tensor values(const std::string& name, const std::vector<int64_t>& shape) {
  return seeded_tensor(name, shape, -1, 1, 3);
}

/// out[o, t] = bias[o] + sum of weight[o, i, k] * padded[i, t * stride + k * dilation], in double precision.
at::Tensor convolved(const at::Tensor& padded, const at::Tensor& weight, const at::Tensor& bias,
                     const Conv1dOptions& options) {
  const int64_t span = (options.kernel - 1) * options.dilation + 1;
  const int64_t frames = (padded.size(1) - span) / options.stride + 1;
  const auto out = bias.to(at::kDouble).unsqueeze(1).repeat({1, frames});
  for (int64_t t = 0; t < frames; ++t) {
    const auto window =
        padded.to(at::kDouble).slice(1, t * options.stride, t * options.stride + span, options.dilation);
    out.select(1, t) += (weight.to(at::kDouble) * window).sum(at::IntArrayRef{1, 2});
  }
  return out;
}

bool close(const at::Tensor& actual, const at::Tensor& expected) {
  return actual.sizes() == expected.sizes() &&
         at::allclose(actual.to(at::kDouble), expected.to(at::kDouble), 1e-5, 1e-5);
}

at::Tensor row(const std::vector<float>& numbers) { return at::tensor(numbers).view({1, 1, -1}); }

Conv1d conv_of(const Conv1dOptions& options) {
  return Conv1d(values("w", {options.out, options.in / options.groups, options.kernel}), values("b", {options.out}),
                options);
}

}  // namespace

TEST_CASE("padding extends by zeros, mirrors or copies") {
  const auto x = row({1, 2, 3});
  CHECK(at::equal(pad(x, 2, 1, PadMode::zero), row({0, 0, 1, 2, 3, 0})));
  CHECK(at::equal(pad(x, 2, 1, PadMode::reflect), row({3, 2, 1, 2, 3, 2})));
  CHECK(at::equal(pad(x, 2, 1, PadMode::replicate), row({1, 1, 1, 2, 3, 3})));
}

TEST_CASE("what is too short to mirror is extended with zeros first, which are cut off again") {
  CHECK(at::equal(pad(row({1, 2}), 3, 0, PadMode::reflect), row({0, 0, 2, 1, 2})));
  CHECK(at::equal(pad(row({5}), 2, 1, PadMode::reflect), row({0, 0, 5, 0})));
}

TEST_CASE("a causal convolution pads left by span minus stride and right to whole frames") {
  // 11 samples, span 5, stride 3: 2 on the left; frames ceil(11 / 3) = 4 need 4 * 3 + 2 = 14 samples, so 1 on the
  // right.
  for (const auto mode : {PadMode::zero, PadMode::reflect}) {
    const Conv1dOptions options = {
        .in = 2, .out = 3, .kernel = 3, .stride = 3, .dilation = 2, .padding = Padding::causal(mode)};
    const auto x = values("x", {1, 2, 11});
    const auto expected = convolved(pad(x, 2, 1, mode)[0], values("w", {3, 2, 3}), values("b", {3}), options);
    CHECK(close(conv_of(options)(x)[0], expected));
    CHECK(expected.size(1) == 4);
  }
}

TEST_CASE("a centred convolution halves the padding, the larger half on the left") {
  const Conv1dOptions options = {
      .in = 2, .out = 2, .kernel = 4, .stride = 1, .padding = Padding::centred(PadMode::zero)};
  const auto x = values("x", {1, 2, 9});
  CHECK(close(conv_of(options)(x)[0],
              convolved(pad(x, 2, 1, PadMode::zero)[0], values("w", {2, 2, 4}), values("b", {2}), options)));
}

TEST_CASE("a fixed convolution pads both sides alike") {
  const Conv1dOptions options = {
      .in = 2, .out = 2, .kernel = 3, .stride = 2, .padding = Padding::fixed(1, PadMode::replicate)};
  const auto x = values("x", {1, 2, 8});
  CHECK(close(conv_of(options)(x)[0],
              convolved(pad(x, 1, 1, PadMode::replicate)[0], values("w", {2, 2, 3}), values("b", {2}), options)));
}

TEST_CASE("the frames of a causal convolution are the length over the stride, rounded up, from one sample on") {
  const auto conv = conv_of({.kernel = 16, .stride = 8, .padding = Padding::causal(PadMode::reflect)});
  for (const int64_t length : {1, 7, 8, 9, 15, 16, 17, 80})
    CHECK(conv(values("x", {1, 1, length})).size(2) == (length + 7) / 8);
}

TEST_CASE("scaling a convolution scales its result") {
  const auto conv = conv_of({.in = 2, .out = 3, .kernel = 3});
  const auto x = values("x", {2, 2, 10});
  CHECK(close(conv.scaled(-2.5)(x), conv(x) * -2.5));
}

TEST_CASE("a transposed convolution adds shifted kernels and is trimmed by rule") {
  const auto weight = values("w", {2, 3, 5}), x = values("x", {1, 2, 6});
  const auto whole = values("b", {3}).to(at::kDouble).unsqueeze(1).repeat({1, 5 * 2 + 5});
  for (int64_t f = 0; f < 6; ++f) {
    whole.slice(1, 2 * f, 2 * f + 5) += (weight * x[0].select(1, f).view({2, 1, 1})).sum(0);
  }
  const WeightScope scope(TensorMap{{"weight", weight}, {"bias", values("b", {3})}}, "test");
  ConvTranspose1dOptions options = {
      .in = 2, .out = 3, .kernel = 5, .stride = 2, .padding = Padding::causal(PadMode::zero)};
  CHECK(close(ConvTranspose1d(scope, options)(x)[0], whole.slice(1, 0, 12)));
  options.padding = Padding::centred(PadMode::zero);  // 3 to trim: 2 left, 1 right
  CHECK(close(ConvTranspose1d(scope, options)(x)[0], whole.slice(1, 2, 14)));
  options.padding = Padding::fixed(1);
  CHECK(close(ConvTranspose1d(scope, options)(x)[0], whole.slice(1, 1, 14)));
}

TEST_CASE("a transposed convolution of two strides, done as a convolution over two inputs, is libtorch's") {
  for (const int64_t stride : {1, 2, 5}) {
    CAPTURE(stride);
    const int64_t kernel = 2 * stride, frames = 6;
    const auto weight = values("w", {4, 3, kernel}), bias = values("b", {3}), x = values("x", {2, 4, frames});
    const WeightScope scope(TensorMap{{"weight", weight}, {"bias", bias}}, "test");
    const auto whole = at::conv_transpose1d(x, weight, bias, stride);
    ConvTranspose1dOptions options = {
        .in = 4, .out = 3, .kernel = kernel, .stride = stride, .padding = Padding::causal(PadMode::zero)};
    CHECK(close(ConvTranspose1d(scope, options)(x), whole.narrow(2, 0, frames * stride)));
    CHECK(close(ConvTranspose1d(scope, options).untrimmed()(x), whole));
    options.padding = Padding::centred(PadMode::zero);
    CHECK(close(ConvTranspose1d(scope, options)(x), whole.narrow(2, stride - stride / 2, frames * stride)));
    for (const int64_t amount : {0L, stride / 2}) {
      for (const int64_t more : {0L, stride / 2, stride - 1}) {
        options.padding = Padding::fixed(amount);
        options.output_padding = more;
        CHECK(close(ConvTranspose1d(scope, options)(x), at::conv_transpose1d(x, weight, bias, stride, amount, more)));
      }
    }
  }
}

TEST_CASE("a depthwise transposed convolution keeps its channels apart") {
  const auto weight = values("w", {3, 1, 4}), x = values("x", {2, 3, 5});
  const WeightScope scope(TensorMap{{"weight", weight}}, "test");
  const ConvTranspose1d up(scope, {.in = 3,
                                   .out = 3,
                                   .kernel = 4,
                                   .stride = 2,
                                   .groups = 3,
                                   .bias = false,
                                   .padding = Padding::causal(PadMode::zero)});
  const auto result = up(x);
  for (int64_t c = 0; c < 3; ++c) {
    const WeightScope one(TensorMap{{"weight", weight.narrow(0, c, 1)}}, "test");
    const ConvTranspose1d alone(one,
                                {.kernel = 4, .stride = 2, .bias = false, .padding = Padding::causal(PadMode::zero)});
    CHECK(close(result.narrow(1, c, 1), alone(x.narrow(1, c, 1))));
  }
}

TEST_CASE("an LSTM follows its equations, gates in the order i, f, g, o, and the skip adds the input") {
  const int64_t size = 3, steps = 5;
  const TensorMap tensors = {{"weight_ih_l0", values("wi", {12, 3})},
                             {"weight_hh_l0", values("wh", {12, 3})},
                             {"bias_ih_l0", values("bi", {12})},
                             {"bias_hh_l0", values("bh", {12})}};
  const auto x = values("x", {2, size, steps});
  auto hidden = at::zeros({2, size}), cell = at::zeros({2, size});
  std::vector<at::Tensor> outputs;
  for (int64_t t = 0; t < steps; ++t) {
    const auto gates = x.select(2, t).matmul(tensors.at("weight_ih_l0").t()) + tensors.at("bias_ih_l0") +
                       hidden.matmul(tensors.at("weight_hh_l0").t()) + tensors.at("bias_hh_l0");
    const auto parts = gates.chunk(4, 1);
    cell = parts[1].sigmoid() * cell + parts[0].sigmoid() * parts[2].tanh();
    hidden = parts[3].sigmoid() * cell.tanh();
    outputs.push_back(hidden);
  }
  const auto expected = at::stack(outputs, 2);
  const WeightScope scope(tensors, "test");
  CHECK(close(Lstm(scope, {.input = size, .hidden = size})(x), expected));
  CHECK(close(Lstm(scope, {.input = size, .hidden = size, .skip = true})(x), expected + x));
}

TEST_CASE("a codebook finds the nearest row, the first one on a tie") {
  const auto rows = values("rows", {50, 8});
  rows.select(0, 30).copy_(rows.select(0, 4));
  const auto x = at::cat({values("x", {200, 8}), rows});
  const auto distances = (x.to(at::kDouble).unsqueeze(1) - rows.to(at::kDouble).unsqueeze(0)).square().sum(2);
  const auto codes = EuclideanCodebook(rows).search(x);
  CHECK(at::equal(codes.slice(0, 0, 200), distances.argmin(1).slice(0, 0, 200)));
  CHECK(codes[200 + 30].item<int64_t>() == 4);
}

TEST_CASE("a residual quantizer codes what is left, and decodes to the sum of rows") {
  const auto first = values("first", {16, 4}), second = values("second", {16, 4}) * 0.3;
  const ResidualVq quantizer(std::vector<EuclideanCodebook>{EuclideanCodebook(first), EuclideanCodebook(second)});
  const auto latent = values("x", {2, 4, 7});
  const auto before = latent.clone();
  const auto codes = quantizer.encode(latent);
  CHECK(at::equal(latent, before));
  REQUIRE(codes.sizes() == at::IntArrayRef({2, 2, 7}));
  for (int64_t b = 0; b < 2; ++b) {
    for (int64_t f = 0; f < 7; ++f) {
      const auto x = latent[b].select(1, f);
      const auto k = (first - x).square().sum(1).argmin();
      const auto rest = x - first[k.item<int64_t>()];
      CHECK(codes[b][0][f].item<int64_t>() == k.item<int64_t>());
      CHECK(codes[b][1][f].item<int64_t>() == (second - rest).square().sum(1).argmin().item<int64_t>());
    }
  }
  const auto sum = first.index({codes.select(1, 0)}) + second.index({codes.select(1, 1)});
  CHECK(at::allclose(quantizer.decode(codes), sum.transpose(1, 2)));
  CHECK(at::allclose(quantizer.decode(codes.narrow(1, 0, 1)), first.index({codes.select(1, 0)}).transpose(1, 2)));
}

TEST_CASE("codes that do not belong to the quantizer are refused") {
  const ResidualVq quantizer(std::vector<EuclideanCodebook>{EuclideanCodebook(values("rows", {16, 4}))});
  CHECK_THROWS_WITH_AS(quantizer.decode(at::full({1, 1, 2}, 16, at::kLong)), doctest::Contains("outside 0..15"),
                       cfo::Error);
  CHECK_THROWS_AS(quantizer.decode(at::full({1, 1, 2}, -1, at::kLong)), cfo::Error);
  CHECK_THROWS_AS(quantizer.decode(at::zeros({1, 2, 2}, at::kLong)), cfo::Error);
  CHECK_THROWS_AS(quantizer.decode(at::zeros({1, 1, 2}, at::kFloat)), cfo::Error);
  CHECK_THROWS_AS(ResidualVq(std::vector<EuclideanCodebook>()), cfo::Error);
}

TEST_CASE("the DFT kernel holds windowed cosines and sines") {
  const auto kernel = float32_dft_kernel(16);
  REQUIRE(kernel.sizes() == at::IntArrayRef({18, 1, 16}));
  for (const int64_t k : {0, 3, 8}) {
    for (const int64_t n : {0, 5, 15}) {
      const double angle = -2 * std::numbers::pi * static_cast<double>(k * n) / 16;
      const double window = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(n) / 16);
      CHECK(kernel[k][0][n].item<double>() == doctest::Approx(window * std::cos(angle)).epsilon(1e-5));
      CHECK(kernel[9 + k][0][n].item<double>() == doctest::Approx(window * std::sin(angle)).epsilon(1e-5));
    }
  }
}
