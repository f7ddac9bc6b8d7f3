#include "nodes/networks/codecs/facodec/conv_transformer.h"

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

constexpr ConvTransformerOptions options = {.layers = 1, .width = 4, .heads = 2, .inner = 6, .kernel = 3};

at::Tensor values(const std::string& name, const std::vector<int64_t>& shape) {
  return seeded_tensor(name, shape, -1, 1, 5);
}

TensorMap random_weights() {
  TensorMap made;
  const auto add = [&](const std::string& name, const std::vector<int64_t>& shape) {
    made.emplace(name, values(name, shape));
  };
  for (const std::string norm : {"layers.0.ln_1", "layers.0.ln_2", "last_ln"}) {
    add(norm + ".weight", {4});
    add(norm + ".bias", {4});
  }
  add("layers.0.self_attn.in_proj_weight", {12, 4});
  add("layers.0.self_attn.in_proj_bias", {12});
  add("layers.0.self_attn.out_proj.weight", {4, 4});
  add("layers.0.self_attn.out_proj.bias", {4});
  add("layers.0.ffn.ffn_1.weight", {6, 4, 3});
  add("layers.0.ffn.ffn_1.bias", {6});
  add("layers.0.ffn.ffn_2.weight", {4, 6});
  add("layers.0.ffn.ffn_2.bias", {4});
  return made;
}

at::Tensor normed(const TensorMap& map, const std::string& name, const at::Tensor& x) {
  const auto centred = x - x.mean(1, true);
  return centred / (centred.square().mean(1, true) + 1e-5).sqrt() * map.at(name + ".weight") + map.at(name + ".bias");
}

/// The layer written out for one utterance x [F, 4], a frame and a head at a time.
at::Tensor written_out(const TensorMap& map, const at::Tensor& input) {
  const int64_t frames = input.size(0);
  auto x = input + at::tensor({0.0F, 1.0F, 0.0F, 1.0F});
  const auto qkv = at::matmul(normed(map, "layers.0.ln_1", x), map.at("layers.0.self_attn.in_proj_weight").t()) +
                   map.at("layers.0.self_attn.in_proj_bias");
  const auto mixed = at::zeros({frames, 4});
  for (int64_t head = 0; head < 2; ++head) {
    for (int64_t f = 0; f < frames; ++f) {
      std::vector<double> weights;
      double sum = 0;
      for (int64_t g = 0; g < frames; ++g) {
        const auto query = qkv[f].slice(0, 2 * head, 2 * head + 2), key = qkv[g].slice(0, 4 + 2 * head, 6 + 2 * head);
        weights.push_back(std::exp(query.dot(key).item<double>() / std::sqrt(2.0)));
        sum += weights.back();
      }
      for (int64_t g = 0; g < frames; ++g) {
        mixed[f].slice(0, 2 * head, 2 * head + 2) +=
            qkv[g].slice(0, 8 + 2 * head, 10 + 2 * head) * (weights[static_cast<std::size_t>(g)] / sum);
      }
    }
  }
  x = x + at::matmul(mixed, map.at("layers.0.self_attn.out_proj.weight").t()) +
      map.at("layers.0.self_attn.out_proj.bias");
  const auto before = normed(map, "layers.0.ln_2", x);
  const auto wide = map.at("layers.0.ffn.ffn_1.bias").repeat({frames, 1});
  for (int64_t f = 0; f < frames; ++f) {
    for (int64_t k = -1; k <= 1; ++k) {
      if (f + k < 0 || f + k >= frames) continue;
      wide[f] += at::mv(map.at("layers.0.ffn.ffn_1.weight").select(2, k + 1), before[f + k]);
    }
  }
  x = x + at::matmul(wide.clamp_min(0), map.at("layers.0.ffn.ffn_2.weight").t()) + map.at("layers.0.ffn.ffn_2.bias");
  return normed(map, "last_ln", x);
}

}  // namespace

TEST_CASE("a transformer with a convolution in it is the sums written out, whatever the place in a batch") {
  const auto map = random_weights();
  const ConvTransformer transformer(WeightScope(map, "test"), options);
  const auto x = values("x", {2, 5, 4});
  const auto y = transformer(x);
  for (int64_t b = 0; b < 2; ++b) CHECK(at::allclose(y[b], written_out(map, x[b]), 1e-4, 1e-5));
}

TEST_CASE("stored sinusoids give their first row to every frame") {
  auto map = random_weights();
  map["position_emb.pe"] = at::cat({at::tensor({0.0F, 1.0F, 0.0F, 1.0F}).view({1, 1, 4}), at::full({1, 1, 4}, 9.0F)});
  const WeightScope scope(map, "test");
  const auto x = values("x", {2, 5, 4});
  CHECK(at::equal(ConvTransformer(scope, options)(x), ConvTransformer(WeightScope(random_weights(), "test"), options)(x)));
  CHECK(scope.unused().empty());
}

TEST_CASE("heads that do not divide the width are refused") {
  auto odd = options;
  odd.heads = 3;
  CHECK_THROWS_WITH_AS(ConvTransformer(WeightScope(random_weights(), "test"), odd), doctest::Contains("cannot have 3 heads"),
                       cfo::Error);
}
