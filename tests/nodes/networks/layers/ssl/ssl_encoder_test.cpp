#include "nodes/networks/layers/ssl/ssl_encoder.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "nodes/networks/layers/ssl/ssl_tensors.h"
#include "nodes/networks/tensors/seeded_weights.h"

using namespace cfo;
using namespace cfo::layers;
using namespace cfo::tensors;

namespace {

constexpr int64_t conv_width = 6, width = 8, head_count = 2, inner = 10, layer_count = 2, position_kernel = 4,
                  position_groups = 2;

SslOptions options_of(bool everywhere) {
  return {.conv = {.widths = {conv_width, conv_width},
                   .kernels = {4, 2},
                   .strides = {2, 2},
                   .bias = everywhere,
                   .norm_everywhere = everywhere},
          .position = {.kernel = position_kernel, .groups = position_groups},
          .width = width,
          .layers = layer_count,
          .heads = head_count,
          .feed_forward = inner,
          .norm_first = everywhere,
          .normalise = everywhere};
}

/// The same numbers under either naming.
TensorMap weights_of(bool everywhere, const SslNames& names) {
  TensorMap tensors;
  for (const auto& [name, shape, fan_in] : ssl_tensors(options_of(everywhere), names))
    tensors[name] = seeded_tensor("tensor" + std::to_string(tensors.size()), shape, -1, 1, 3);
  return tensors;
}

/// The network in float64 by its formulas, one utterance at a time, frames as rows; all frames run, those from `frames`
/// on behind a mask.
struct Plain {
  TensorMap tensors;  // under transformers' names
  bool everywhere;

  at::Tensor get(const std::string& name) const { return tensors.at(name).to(at::kDouble); }

  static at::Tensor gelu(const at::Tensor& x) { return x * 0.5 * (1 + at::erf(x / std::sqrt(2.0))); }

  static at::Tensor standard(const at::Tensor& x, int64_t dimension) {
    return (x - x.mean(dimension, true)) / (x.var(dimension, /*unbiased=*/false, true) + 1e-5).sqrt();
  }

  at::Tensor norm(const std::string& name, const at::Tensor& x) const {
    return standard(x, 1) * get(name + ".weight") + get(name + ".bias");
  }

  at::Tensor linear(const std::string& name, const at::Tensor& x) const {
    return at::mm(x, get(name + ".weight").t()) + get(name + ".bias");
  }

  at::Tensor features(const at::Tensor& wave) const {
    auto x = (everywhere ? standard(wave.unsqueeze(0), 1).squeeze(0) : wave).unsqueeze(1);  // [T, 1]
    for (int64_t i = 0; i < 2; ++i) {
      const auto place = "feature_extractor.conv_layers." + std::to_string(i);
      x = at::einsum("fck,ock->fo", {x.unfold(0, i == 0 ? 4 : 2, 2), get(place + ".conv.weight")});
      if (everywhere) x = norm(place + ".layer_norm", x + get(place + ".conv.bias"));
      if (!everywhere && i == 0)
        x = standard(x, 0) * get(place + ".layer_norm.weight") + get(place + ".layer_norm.bias");
      x = gelu(x);
    }
    return x;
  }

  at::Tensor positions(const at::Tensor& x) const {
    const std::string name = "encoder.pos_conv_embed.conv";
    const auto directions = get(name + ".weight_v");
    const auto weight =
        directions / directions.square().sum(at::IntArrayRef{0, 1}, true).sqrt() * get(name + ".weight_g");
    const int64_t each = width / position_groups;
    auto result = at::zeros_like(x);
    for (int64_t f = 0; f < x.size(0); ++f) {
      for (int64_t k = 0; k < position_kernel; ++k) {
        const int64_t from = f + k - position_kernel / 2;
        if (from < 0 || from >= x.size(0)) continue;
        for (int64_t group = 0; group < position_groups; ++group) {
          const auto rows = weight.slice(0, group * each, (group + 1) * each).select(2, k);
          result[f].slice(0, group * each, (group + 1) * each) +=
              at::mv(rows, x[from].slice(0, group * each, (group + 1) * each));
        }
      }
    }
    return gelu(result + get(name + ".bias"));
  }

  at::Tensor attention(const std::string& name, const at::Tensor& x, int64_t frames) const {
    const auto query = linear(name + ".q_proj", x), key = linear(name + ".k_proj", x),
               value = linear(name + ".v_proj", x);
    const int64_t size = width / head_count;
    std::vector<at::Tensor> heads;
    for (int64_t head = 0; head < head_count; ++head) {
      const auto part = [&](const at::Tensor& rows) { return rows.slice(1, head * size, (head + 1) * size); };
      auto scores = at::mm(part(query), part(key).t()) / std::sqrt(static_cast<double>(size));
      scores.slice(1, frames).fill_(-std::numeric_limits<double>::infinity());
      heads.push_back(at::mm(scores.softmax(1), part(value)));
    }
    return linear(name + ".out_proj", at::cat(heads, 1));
  }

  at::Tensor layer(const std::string& place, const at::Tensor& x, int64_t frames) const {
    const auto feed_forward = [&](const at::Tensor& input) {
      return linear(place + ".feed_forward.output_dense",
                    gelu(linear(place + ".feed_forward.intermediate_dense", input)));
    };
    const auto first = [&](const at::Tensor& input) { return norm(place + ".layer_norm", input); };
    const auto second = [&](const at::Tensor& input) { return norm(place + ".final_layer_norm", input); };
    if (everywhere) {
      const auto attended = x + attention(place + ".attention", first(x), frames);
      return attended + feed_forward(second(attended));
    }
    const auto attended = first(x + attention(place + ".attention", x, frames));
    return second(attended + feed_forward(attended));
  }

  std::vector<at::Tensor> hidden_states(const at::Tensor& wave, int64_t frames) const {
    auto x =
        linear("feature_projection.projection", norm("feature_projection.layer_norm", features(wave.to(at::kDouble))));
    x.slice(0, frames).zero_();
    x = x + positions(x);
    if (!everywhere) x = norm("encoder.layer_norm", x);
    std::vector<at::Tensor> states;
    for (int64_t i = 0; i < layer_count; ++i) {
      states.push_back(x.slice(0, 0, frames));
      x = layer("encoder.layers." + std::to_string(i), x, frames);
    }
    states.push_back((everywhere ? norm("encoder.layer_norm", x) : x).slice(0, 0, frames));
    return states;
  }
};

at::Tensor waves(int64_t samples) { return seeded_tensor("waves", {2, 1, samples}, -1, 1, 5); }

bool close(const at::Tensor& actual, const at::Tensor& expected) {
  return actual.sizes() == expected.sizes() && at::allclose(actual.to(at::kDouble), expected, 1e-4, 1e-5);
}

}  // namespace

TEST_CASE(
    "hidden states, their last and their mean follow the formulas, with norms first and after, with and without a "
    "mask") {
  constexpr int64_t samples = 41, whole = 9, some = 6;
  const auto wave = waves(samples);
  for (const bool everywhere : {false, true}) {
    const auto tensors = weights_of(everywhere, transformers_ssl_names());
    const SslEncoder encoder(WeightScope(tensors, "test"), options_of(everywhere));
    CHECK(encoder.frames(samples) == whole);
    for (const int64_t frames : {some, whole}) {
      CAPTURE(everywhere);
      CAPTURE(frames);
      const auto states = encoder.hidden_states(wave, frames == whole ? SslEncoder::all_frames : frames);
      REQUIRE(states.size() == layer_count + 1);
      for (int64_t b = 0; b < wave.size(0); ++b) {
        const auto expected = Plain{tensors, everywhere}.hidden_states(wave[b][0], frames);
        for (std::size_t i = 0; i < states.size(); ++i) CHECK(close(states[i][b], expected[i]));
        CHECK(close(encoder(wave, frames)[b], expected.back()));
        CHECK(close(encoder.mean_hidden_state(wave, frames)[b], at::stack(expected).mean(0)));
      }
    }
  }
}

TEST_CASE("transformers' and fairseq's names, and both ways to store weight norm, hold the same network") {
  const auto wave = waves(30);
  for (const bool everywhere : {false, true}) {
    CAPTURE(everywhere);
    auto tensors = weights_of(everywhere, transformers_ssl_names());
    const auto expected = SslEncoder(WeightScope(tensors, "test"), options_of(everywhere))(wave);
    const WeightScope fairseq(weights_of(everywhere, fairseq_ssl_names()), "test");
    CHECK(at::equal(SslEncoder(fairseq, options_of(everywhere))(wave), expected));
    CHECK(fairseq.unused().empty());
    const std::string position = "encoder.pos_conv_embed.conv.";
    tensors[position + "parametrizations.weight.original0"] = tensors.at(position + "weight_g");
    tensors[position + "parametrizations.weight.original1"] = tensors.at(position + "weight_v");
    tensors.erase(position + "weight_g");
    tensors.erase(position + "weight_v");
    CHECK(at::equal(SslEncoder(WeightScope(tensors, "test"), options_of(everywhere))(wave), expected));
  }
}

TEST_CASE("a network built from tensors that require gradients gets them") {
  const auto wave = waves(30);
  const auto options = options_of(true);
  auto tensors = weights_of(true, fairseq_ssl_names());
  const auto loss = [&](const TensorMap& weights) {
    const auto last = SslEncoder(WeightScope(weights, "test"), options)(wave);
    return (last * seeded_tensor("slope", last.sizes().vec(), -1, 1, 9)).sum();
  };
  for (auto& [name, tensor] : tensors) tensor.requires_grad_(true);
  loss(tensors).backward();
  for (const auto& [name, tensor] : tensors) {
    CAPTURE(name);
    REQUIRE(tensor.grad().defined());
    constexpr double step = 2e-3;
    const auto direction = seeded_tensor("direction " + name, tensor.sizes().vec(), -1, 1, 13);
    const auto moved = [&](double by) {
      auto weights = tensors;
      weights[name] = tensor.detach() + by * direction;
      return loss(weights).item<double>();
    };
    const double measured = (moved(step) - moved(-step)) / (2 * step);
    CHECK(std::abs((tensor.grad() * direction).sum().item<double>() - measured) < 0.02 * (1 + std::abs(measured)));
  }
}

TEST_CASE("waves too short for a frame, and convolutions half described, are refused") {
  auto options = options_of(false);
  const WeightScope scope(weights_of(false, transformers_ssl_names()), "test");
  const SslEncoder encoder(scope, options);
  CHECK(encoder.shortest() == 6);
  CHECK(encoder(waves(6)).size(1) == 1);
  CHECK_THROWS_WITH_AS(encoder(waves(5)), "a speech encoder needs at least 6 samples, but got 5", cfo::Error);
  options.conv.strides.pop_back();
  CHECK_THROWS_WITH_AS(
      SslEncoder(scope, options),
      "a speech encoder needs a width, a kernel and a stride for each convolution, but got 2, 2 and 1 of them",
      cfo::Error);
}
