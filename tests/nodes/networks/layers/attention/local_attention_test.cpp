#include "nodes/networks/layers/attention/local_attention.h"

#include "base/error.h"
#include "tests/support/written_out.h"

using namespace cfo;
using namespace cfo::layers;
using namespace cfo::tensors;
using namespace cfo::test;

namespace {

constexpr int64_t head = 64, heads = 2, channels = heads * head;

TensorMap random_weights() {
  TensorMap map;
  add_norm(map, "norm", channels);
  map["to_qkv.weight"] = noise("to_qkv", {3 * channels, channels}, 0.3);
  map["to_out.weight"] = noise("to_out", {channels, channels}, 0.2);
  return map;
}

/// x [head] with channel i and channel i + 32 turned together.
at::Tensor turned(const TensorMap& map, const at::Tensor& x, int64_t position) {
  const auto result = at::zeros_like(x);
  for (int64_t i = 0; i < head / 2; ++i) {
    const double frequency = map.count("rel_pos.inv_freq") > 0
                                 ? map.at("rel_pos.inv_freq")[i].item<double>()
                                 : std::pow(10000.0, -2.0 * static_cast<double>(i) / head);
    const double angle = static_cast<double>(position) * frequency, a = x[i].item<double>(),
                 b = x[i + head / 2].item<double>();
    result[i] = a * std::cos(angle) - b * std::sin(angle);
    result[i + head / 2] = a * std::sin(angle) + b * std::cos(angle);
  }
  return result;
}

/// A frame and a head at a time.
at::Tensor written(const TensorMap& map, int64_t window, const at::Tensor& x) {
  const auto projected = written_linear(map, "to_qkv", written_layer_norm(map, "norm", x.t(), 1e-5));
  const auto part = [&](int64_t which, int64_t f, int64_t h) {
    return projected[f].narrow(0, which * channels + h * head, head);
  };
  const auto mixed = at::zeros({x.size(1), channels}, at::kDouble);
  for (int64_t f = 0; f < x.size(1); ++f) {
    const int64_t first = f / window * window;
    for (int64_t h = 0; h < heads; ++h) {
      auto sum = mixed[f].narrow(0, h * head, head);
      double total = 0;
      for (int64_t g = first; g < first + window; ++g) {
        const double score =
            turned(map, part(0, f, h), f - first).dot(turned(map, part(1, g, h), g - first)).item<double>() / 8;
        sum += part(2, g, h) * std::exp(score);
        total += std::exp(score);
      }
      sum /= total;
    }
  }
  return x + written_linear(map, "to_out", mixed).t();
}

void check_windows(const TensorMap& map, int64_t window, int64_t frames, double loudness = 1) {
  CAPTURE(window);
  CAPTURE(frames);
  const WeightScope scope(map, "test");
  const LocalAttention attention(scope, channels, window);
  CHECK(scope.unused().empty());
  check_each_utterance(attention, noise("x", {2, channels, frames}, loudness),
                       [&](const at::Tensor& x) { return written(map, window, x); });
}

}  // namespace

TEST_CASE("a frame attends to the frames of its own window, whose positions begin anew") {
  check_windows(random_weights(), 3, 3);
  check_windows(random_weights(), 3, 9);
  check_windows(random_weights(), 4, 8);
}

TEST_CASE("frames as faint as the norm's epsilon are attended to as well") { check_windows(random_weights(), 3, 3, 0.01); }

TEST_CASE("in a window of one frame its value goes through as it is") {
  const auto map = random_weights();
  const auto plain = [&](const at::Tensor& x) {
    const auto values =
        written_linear(map, "to_qkv", written_layer_norm(map, "norm", x.t(), 1e-5)).narrow(1, 2 * channels, channels);
    return x + written_linear(map, "to_out", values).t();
  };
  check_each_utterance(LocalAttention(WeightScope(map, "test"), channels, 1), noise("x", {2, channels, 3}), plain);
}

TEST_CASE("stored frequencies take the place of the computed ones") {
  auto map = random_weights();
  map["rel_pos.inv_freq"] = noise("inv_freq", {head / 2});
  check_windows(map, 3, 6);
}

TEST_CASE("channels that are no whole heads of local attention are refused") {
  TensorMap map;
  add_norm(map, "norm", 96);
  map["to_qkv.weight"] = at::zeros({3 * 96, 96});
  map["to_out.weight"] = at::zeros({96, 96});
  CHECK_THROWS_WITH_AS(LocalAttention(WeightScope(map, "test"), 96, 4),
                       "attention needs channels in heads of 64, but got 96 channels", cfo::Error);
}
