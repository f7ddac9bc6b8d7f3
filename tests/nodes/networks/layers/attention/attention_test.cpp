#include "nodes/networks/layers/attention/attention.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>

#include "base/error.h"
#include "nodes/networks/codecs/mimi/transformer.h"
#include "nodes/networks/tensors/seeded_weights.h"

using namespace cfo;
using namespace cfo::codecs;
using namespace cfo::layers;
using namespace cfo::tensors;

namespace {

constexpr int64_t channels = 8, head_count = 2, size = channels / head_count;

at::Tensor seeded(const std::string& name, const std::vector<int64_t>& shape) {
  return seeded_tensor(name, shape, -1, 1, 7);
}

TensorMap packed_weights() {
  return {{"in_proj_weight", seeded("in", {3 * channels, channels})},
          {"in_proj_bias", seeded("in_bias", {3 * channels})},
          {"out_proj.weight", seeded("out", {channels, channels})},
          {"out_proj.bias", seeded("out_bias", {channels})}};
}

/// One row [F, channels] of queries or keys with each pair of channels of a head turned, number by number.
at::Tensor turned(const at::Tensor& rows, double period) {
  auto result = rows.clone();
  for (int64_t f = 0; f < rows.size(0); ++f) {
    for (int64_t c = 0; c < channels; c += 2) {
      const double angle = static_cast<double>(f) * std::pow(period, -static_cast<double>(c % size) / size);
      const double even = rows[f][c].item<double>(), odd = rows[f][c + 1].item<double>();
      result[f][c] = even * std::cos(angle) - odd * std::sin(angle);
      result[f][c + 1] = even * std::sin(angle) + odd * std::cos(angle);
    }
  }
  return result;
}

/// Attention of x [F, channels] one query at a time in float64.
at::Tensor plain_attention(const at::Tensor& x, int64_t window, double period) {
  const auto weights = packed_weights();
  const auto wide = [&](const char* name) { return weights.at(name).to(at::kDouble); };
  const auto parts = at::linear(x.to(at::kDouble), wide("in_proj_weight"), wide("in_proj_bias")).chunk(3, 1);
  const auto query = period > 0 ? turned(parts[0], period) : parts[0],
             key = period > 0 ? turned(parts[1], period) : parts[1];
  auto mixed = at::zeros_like(parts[2]);
  for (int64_t head = 0; head < head_count; ++head) {
    for (int64_t f = 0; f < x.size(0); ++f) {
      const int64_t first = window > 0 ? std::max<int64_t>(0, f - window + 1) : 0,
                    last = window > 0 ? f + 1 : x.size(0);
      const auto head_of = [&](const at::Tensor& rows) {
        return rows.slice(0, first, last).slice(1, head * size, (head + 1) * size);
      };
      const auto scores = at::mv(head_of(key), query[f].slice(0, head * size, (head + 1) * size)) /
                          std::sqrt(static_cast<double>(size));
      mixed[f].slice(0, head * size, (head + 1) * size) = at::mv(head_of(parts[2]).t(), scores.softmax(0));
    }
  }
  return at::linear(mixed, wide("out_proj.weight"), wide("out_proj.bias")).to(at::kFloat);
}

void check_attention(int64_t frames, int64_t window, double period) {
  CAPTURE(frames);
  CAPTURE(window);
  const SelfAttention attention(
      WeightScope(packed_weights(), "test"),
      {.dimension = channels, .heads = head_count, .window = window, .rotary_period = period});
  const auto x = seeded("x", {2, frames, channels}) * 2;
  const auto result = attention(x);
  REQUIRE(result.sizes() == x.sizes());
  for (int64_t b = 0; b < 2; ++b) CHECK(at::allclose(result[b], plain_attention(x[b], window, period), 1e-4, 1e-5));
}

}  // namespace

TEST_CASE("without a window every frame sees every frame") {
  check_attention(5, 0, 0);
  check_attention(5, 0, 100);
}

TEST_CASE("with a window a frame sees itself and the frames before it, however many windows long the input is") {
  for (const int64_t frames : {1, 3, 4, 7, 9}) check_attention(frames, 3, 100);
  check_attention(6, 1, 0);
  check_attention(5, 250, 100);
}

TEST_CASE("projections stored one by one do what packed ones do") {
  auto separate = packed_weights();
  const auto weights = separate.at("in_proj_weight").chunk(3), biases = separate.at("in_proj_bias").chunk(3);
  separate.erase("in_proj_weight");
  separate.erase("in_proj_bias");
  const std::vector<std::string> names = {"q_proj", "k_proj", "v_proj"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    separate[names[i] + ".weight"] = weights[i];
    separate[names[i] + ".bias"] = biases[i];
  }
  const AttentionOptions options = {.dimension = channels, .heads = head_count, .window = 4, .rotary_period = 100};
  const auto x = seeded("x", {1, 6, channels});
  const SelfAttention packed(WeightScope(packed_weights(), "test"), options);
  CHECK(at::equal(SelfAttention(WeightScope(separate, "test"), options)(x), packed(x)));
}

TEST_CASE("heads that do not divide the channels, and rotary heads of an odd size, are refused") {
  const WeightScope scope(packed_weights(), "test");
  CHECK_THROWS_WITH_AS(SelfAttention(scope, {.dimension = channels, .heads = 3}),
                       "attention needs channels that 3 heads share equally, but got 8 channels", cfo::Error);
  CHECK_THROWS_WITH_AS(SelfAttention(scope, {.dimension = channels, .heads = 8, .rotary_period = 100}),
                       "rotary positions need heads of an even size, but got 1", cfo::Error);
}

TEST_CASE("a transformer layer adds its scaled halves, each after its norm") {
  constexpr int64_t inner = 12;
  TensorMap weights = {
      {"norm1.weight", seeded("n1", {channels})},          {"norm1.bias", seeded("n1b", {channels})},
      {"norm2.weight", seeded("n2", {channels})},          {"norm2.bias", seeded("n2b", {channels})},
      {"linear1.weight", seeded("l1", {inner, channels})}, {"linear1.bias", seeded("l1b", {inner})},
      {"linear2.weight", seeded("l2", {channels, inner})}, {"linear2.bias", seeded("l2b", {channels})},
      {"layer_scale_1.scale", seeded("s1", {channels})},   {"layer_scale_2.scale", seeded("s2", {channels})}};
  for (const auto& [name, tensor] : packed_weights()) weights["self_attn." + name] = tensor;
  const auto get = [&](const char* name) { return weights.at(name); };
  const auto norm = [&](const at::Tensor& x, const at::Tensor& gain, const at::Tensor& offset) {
    return (x - x.mean(-1, true)) / (x.var(-1, /*unbiased=*/false, true) + 1e-5).sqrt() * gain + offset;
  };
  const auto x = seeded("x", {6, channels}) * 3;
  const auto first =
      x + get("layer_scale_1.scale") * plain_attention(norm(x, get("norm1.weight"), get("norm1.bias")), 4, 100);
  const auto hidden =
      at::linear(norm(first, get("norm2.weight"), get("norm2.bias")), get("linear1.weight"), get("linear1.bias"));
  const auto activated = hidden * 0.5 * (1 + at::erf(hidden / std::sqrt(2.0)));
  const auto expected =
      first + get("layer_scale_2.scale") * at::linear(activated, get("linear2.weight"), get("linear2.bias"));
  const TransformerOptions options = {
      .attention = {.dimension = channels, .heads = head_count, .window = 4, .rotary_period = 100},
      .layers = 1,
      .feed_forward = inner};
  CHECK(at::allclose(TransformerLayer(WeightScope(weights, "test"), options)(x.unsqueeze(0))[0], expected, 1e-4, 1e-4));
}
