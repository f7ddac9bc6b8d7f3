#include "nodes/networks/codecs/vocos/convnext.h"

#include "base/error.h"
#include "tests/support/written_out.h"

using namespace cfo;
using namespace cfo::codecs;
using namespace cfo::layers;
using namespace cfo::tensors;
using namespace cfo::test;

namespace {

constexpr int64_t dimension = 6;
constexpr double epsilon = 1e-6;

VocosBackboneOptions small() {
  return {.input = 3, .dimension = dimension, .inner = 10, .blocks = 2, .kernel = 5, .conditions = 3, .condition = 1};
}

void add_tables(TensorMap& map, const std::string& name, int64_t width) {
  map[name + ".scale.weight"] = noise(name + ".scale", {3, width});
  map[name + ".shift.weight"] = noise(name + ".shift", {3, width});
}

void add_block(TensorMap& map, const std::string& name) {
  add_linear(map, name + ".dwconv", {dimension, 1, 5});
  add_tables(map, name + ".norm", dimension);
  add_linear(map, name + ".pwconv1", {10, dimension});
  add_linear(map, name + ".pwconv2", {dimension, 10});
  map[name + ".gamma"] = noise(name + ".gamma", {dimension});
}

TensorMap backbone_tensors() {
  TensorMap map;
  add_linear(map, "embed", {dimension, 3, 5});
  add_tables(map, "norm", dimension);
  add_block(map, "convnext.0");
  add_block(map, "convnext.1");
  add_norm(map, "final_layer_norm", dimension);
  return map;
}

/// rows [F, C] under row 1 of the tables.
at::Tensor adapted(const TensorMap& map, const std::string& name, const at::Tensor& rows) {
  return standardised(rows, 1, epsilon) * wide(map, name + ".scale.weight")[1] + wide(map, name + ".shift.weight")[1];
}

at::Tensor written_block(const TensorMap& map, const std::string& name, const at::Tensor& x) {
  const auto spread = written_conv(map, name + ".dwconv", x, {.padding = 2, .groups = dimension});
  const auto hidden = written_linear(map, name + ".pwconv1", adapted(map, name + ".norm", spread.t()));
  const auto activated = hidden * 0.5 * (1 + at::erf(hidden / std::sqrt(2.0)));
  return x + (written_linear(map, name + ".pwconv2", activated) * wide(map, name + ".gamma")).t();
}

}  // namespace

TEST_CASE("an adaptive norm uses one row of its tables, and its epsilon is 1e-6") {
  const TensorMap map = {{"scale.weight", at::tensor({9.F, 9.F, 2.F, 3.F}).view({2, 2})},
                         {"shift.weight", at::tensor({9.F, 9.F, 10.F, 20.F}).view({2, 2})}};
  const AdaptiveLayerNorm norm(WeightScope(map, "test"), {.dimension = 2, .conditions = 2, .condition = 1});
  // (0, 0.002) has variance 1e-6: its distance from the mean shrinks to 1 / sqrt(2).
  const double half = 1 / std::sqrt(2.0);
  const auto expected = at::tensor({10 - 2.0, 20 + 3.0, 10 - 2 * half, 20 + 3 * half}, at::kDouble).view({1, 2, 2});
  CHECK(difference(norm(at::tensor({-50.F, 50.F, 0.F, 0.002F}).view({1, 2, 2})), expected) < rounding);
}

TEST_CASE("a ConvNeXt block adds a wide GELU layer over spread channels, scaled channel by channel") {
  TensorMap map;
  add_block(map, "block");
  const WeightScope scope(map, "test");
  const ConvNextBlock block(scope / "block", small());
  CHECK(scope.unused().empty());
  for (const int64_t frames : {1, 4, 9}) {
    check_each_utterance(block, noise("x", {2, dimension, frames}),
                         [&](const at::Tensor& x) { return written_block(map, "block", x); });
  }
}

TEST_CASE("the Vocos backbone is a convolution, a norm, its blocks and a last norm") {
  const auto map = backbone_tensors();
  const WeightScope scope(map, "test");
  const VocosBackbone backbone(scope, small());
  CHECK(scope.unused().empty());
  const auto written = [&](const at::Tensor& features) {
    auto x = adapted(map, "norm", written_conv(map, "embed", features, {.padding = 2}).t()).t();
    for (const std::string block : {"convnext.0", "convnext.1"}) x = written_block(map, block, x);
    return written_layer_norm(map, "final_layer_norm", x.t(), epsilon);
  };
  for (const int64_t frames : {1, 2, 8}) check_each_utterance(backbone, noise("features", {2, 3, frames}), written);
}

TEST_CASE("WavTokenizer's attention lies between the first convolution and the norm") {
  constexpr int64_t width = 32;
  TensorMap map;
  add_linear(map, "embed", {width, 3, 5});
  add_tables(map, "norm", width);
  add_norm(map, "final_layer_norm", width);
  for (const std::string block : {"pos_net.0", "pos_net.1", "pos_net.3", "pos_net.4"}) {
    for (const std::string half : {"1", "2"}) {
      add_norm(map, block + ".norm" + half, width);
      add_linear(map, block + ".conv" + half, {width, width, 3});
    }
  }
  add_norm(map, "pos_net.2.norm", width);
  for (const std::string name : {"q", "k", "v", "proj_out"}) add_linear(map, "pos_net.2." + name, {width, width, 1});
  add_norm(map, "pos_net.5", width);
  auto options = small();
  options.dimension = width;
  options.blocks = 0;
  options.position_net = true;
  const WeightScope scope(map, "test");
  const VocosBackbone backbone(scope, options);
  CHECK(scope.unused().empty());
  const PositionNet attention(scope / "pos_net", width);
  check_each_utterance(backbone, noise("features", {2, 3, 7}), [&](const at::Tensor& features) {
    const auto x = alone(attention, written_conv(map, "embed", features, {.padding = 2}));
    return written_layer_norm(map, "final_layer_norm", adapted(map, "norm", x.t()), epsilon);
  });
}

TEST_CASE("tables with another number of rows than there are conditions are refused") {
  auto options = small();
  options.conditions = 4;
  CHECK_THROWS_WITH_AS(VocosBackbone(WeightScope(backbone_tensors(), "test"), options),
                       doctest::Contains("tensor 'norm.scale.weight' has shape [3, 6] where [4, 6] is needed"),
                       cfo::Error);
}
