#include "nodes/networks/tensors/weight_scope.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "base/error.h"

using cfo::TensorMap;
using cfo::tensors::WeightScope;

namespace {

WeightScope small_checkpoint() {
  return WeightScope(TensorMap{{"encoder.0.weight", at::ones({2, 3})},
                               {"encoder.0.bias", at::full({2}, 0.5, at::kHalf)},
                               {"decoder.weight", at::ones({4})}},
                     "model.pt");
}

}  // namespace

TEST_CASE("a scope takes tensors by their full names, as float32") {
  const auto scope = small_checkpoint() / "encoder" / 0;
  CHECK(scope.prefix() == "encoder.0");
  CHECK(at::equal(scope.take("weight", {2, 3}), at::ones({2, 3})));
  const auto bias = scope.take("bias", {-1});
  CHECK((bias.scalar_type() == at::kFloat));
  CHECK(bias[1].item<float>() == 0.5F);
  CHECK(scope.has("weight"));
  CHECK_FALSE(scope.has("encoder.0.weight"));
}

TEST_CASE("copies of a scope share the record of what was taken") {
  const auto root = small_checkpoint();
  (root / "encoder").take("0.weight", {2, 3});
  CHECK(root.unused() == std::vector<std::string>{"decoder.weight", "encoder.0.bias"});
}

TEST_CASE("a missing tensor is one sentence with the file, the name, the shape wanted and the nearest name") {
  const auto scope = small_checkpoint() / "encoder.0";
  CHECK_THROWS_WITH_AS(
      scope.take("wieght", {2, 3}),
      "model.pt: there is no tensor 'encoder.0.wieght' of shape [2, 3]; check that the file belongs to this "
      "model (the nearest name is 'encoder.0.weight')",
      cfo::Error);
}

TEST_CASE("a misshapen tensor is one sentence with both shapes") {
  CHECK_THROWS_WITH_AS(
      (small_checkpoint() / "encoder.0").take("weight", {2, -1, 1}),
      "model.pt: tensor 'encoder.0.weight' has shape [2, 3] where [2, -1, 1] is needed (-1: any); check that the "
      "file belongs to this model",
      cfo::Error);
}

TEST_CASE("weight norm is folded from either spelling, and a plain weight is taken as it is") {
  const auto v = at::arange(12, at::kFloat).view({2, 3, 2}) - 5;
  const auto g = at::tensor({2.0F, 3.0F}).view({2, 1, 1});
  const auto folded = v / v.pow(2).sum(at::IntArrayRef{1, 2}, true).sqrt() * g;
  for (const auto& [gain, direction] :
       {std::pair{"conv.weight_g", "conv.weight_v"},
        std::pair{"conv.parametrizations.weight.original0", "conv.parametrizations.weight.original1"}}) {
    const WeightScope root(TensorMap{{gain, g}, {direction, v}}, "model.pt");
    CHECK(at::allclose((root / "conv").take_folded("weight", {2, 3, 2}), folded, 1e-6, 1e-6));
    CHECK(root.unused().empty());
  }
  CHECK(
      at::equal((WeightScope(TensorMap{{"conv.weight", v}}, "model.pt") / "conv").take_folded("weight", {2, 3, 2}), v));
}

TEST_CASE("a weight-normalised tensor with a gain of another shape is refused") {
  const WeightScope root(TensorMap{{"weight_g", at::ones({1, 1, 2})}, {"weight_v", at::ones({2, 3, 2})}}, "model.pt");
  CHECK_THROWS_AS(root.take_folded("weight", {2, 3, 2}), cfo::Error);
}
