#include "nodes/networks/layers/attention/position_net.h"

#include "base/error.h"
#include "tests/support/written_out.h"

using namespace cfo;
using namespace cfo::layers;
using namespace cfo::tensors;
using namespace cfo::test;

namespace {

constexpr int64_t groups = 32, channels = 64;
constexpr double epsilon = 1e-6;

void add_residual(TensorMap& map, const std::string& name, int64_t width = channels) {
  for (const std::string half : {"1", "2"}) {
    add_norm(map, name + ".norm" + half, width);
    add_linear(map, name + ".conv" + half, {width, width, 3});
  }
}

void add_attention(TensorMap& map, const std::string& name) {
  add_norm(map, name + ".norm", channels);
  for (const std::string part : {".q", ".k", ".v", ".proj_out"}) add_linear(map, name + part, {channels, channels, 1});
}

at::Tensor swish(const at::Tensor& x) { return x / (1 + (-x).exp()); }

at::Tensor written_residual(const TensorMap& map, const std::string& name, const at::Tensor& x) {
  auto hidden = x;
  for (const std::string half : {"1", "2"}) {
    hidden = swish(written_group_norm(map, name + ".norm" + half, hidden, groups, epsilon));
    hidden = written_conv(map, name + ".conv" + half, hidden, {.padding = 1});
  }
  return x + hidden;
}

/// A frame at a time.
at::Tensor written_attention(const TensorMap& map, const std::string& name, const at::Tensor& x) {
  const auto rows = written_group_norm(map, name + ".norm", x, groups, epsilon).t();
  const auto query = written_linear(map, name + ".q", rows), key = written_linear(map, name + ".k", rows);
  const auto value = written_linear(map, name + ".v", rows);
  const auto mixed = at::zeros_like(value);
  for (int64_t f = 0; f < x.size(1); ++f) {
    double total = 0;
    for (int64_t g = 0; g < x.size(1); ++g) {
      const double weight = std::exp(query[f].dot(key[g]).item<double>() / 8);  // 8: the root of the channels
      mixed[f] += value[g] * weight;
      total += weight;
    }
    mixed[f] /= total;
  }
  return x + written_linear(map, name + ".proj_out", mixed).t();
}

}  // namespace

TEST_CASE("a swish residual is two normed, activated convolutions around which the input goes") {
  TensorMap map;
  add_residual(map, "block");
  const WeightScope scope(map, "test");
  const SwishResidual block(scope / "block", channels);
  CHECK(scope.unused().empty());
  for (const int64_t frames : {1, 2, 5}) {
    check_each_utterance(block, noise("x", {2, channels, frames}),
                         [&](const at::Tensor& x) { return written_residual(map, "block", x); });
  }
  check_each_utterance(block, noise("x", {2, channels, 5}, 1e-3),
                       [&](const at::Tensor& x) { return written_residual(map, "block", x); });
}

TEST_CASE("a frame attends to every frame, itself among them") {
  TensorMap map;
  add_attention(map, "attention");
  const WeightScope scope(map, "test");
  const FrameAttention attention(scope / "attention", channels);
  CHECK(scope.unused().empty());
  for (const double loudness : {1.0, 1e-3}) {
    for (const int64_t frames : {1, 2, 7}) {
      check_each_utterance(attention, noise("x", {2, channels, frames}, loudness),
                           [&](const at::Tensor& x) { return written_attention(map, "attention", x); });
    }
  }
}

TEST_CASE("the position net has its attention in the middle of four residual blocks, and a norm at the end") {
  TensorMap map;
  for (const std::string block : {"0", "1", "3", "4"}) add_residual(map, block);
  add_attention(map, "2");
  add_norm(map, "5", channels);
  const WeightScope scope(map, "test");
  const PositionNet net(scope, channels);
  CHECK(scope.unused().empty());
  const auto written = [&](const at::Tensor& input) {
    auto x = written_residual(map, "1", written_residual(map, "0", input));
    x = written_residual(map, "4", written_residual(map, "3", written_attention(map, "2", x)));
    return written_group_norm(map, "5", x, groups, epsilon);
  };
  for (const int64_t frames : {1, 6}) check_each_utterance(net, noise("x", {2, channels, frames}), written);
}

TEST_CASE("one frame of one channel a group is all mean: only the biases are left") {
  TensorMap map;
  add_residual(map, "block", groups);
  const SwishResidual block(WeightScope(map, "test") / "block", groups);
  check_each_utterance(block, noise("x", {1, groups, 1}), [&](const at::Tensor& x) {
    const auto bias = swish(wide(map, "block.norm2.bias")).unsqueeze(1);  // whatever the first half was
    return x + written_conv(map, "block.conv2", bias, {.padding = 1});
  });
}

TEST_CASE("a projection of another size is refused") {
  TensorMap map;
  add_attention(map, "attention");
  map["attention.k.weight"] = at::zeros({channels, 32, 1});
  CHECK_THROWS_WITH_AS(
      FrameAttention(WeightScope(map, "test") / "attention", channels),
      doctest::Contains("tensor 'attention.k.weight' has shape [64, 32, 1] where [64, 64, 1] is needed"), cfo::Error);
}
