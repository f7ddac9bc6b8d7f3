#include "nodes/networks/layers/attention/local_attention.h"

#include <cmath>

#include "base/error.h"

namespace cfo::layers {
namespace {

constexpr int64_t head_size = 64;

/// Angles [window, head_size]: position times 1 / 10000^(2i / head_size), each frequency for both halves of a head.
at::Tensor angles(const tensors::WeightScope& scope, int64_t window) {
  const auto place = scope / "rel_pos";
  constexpr double base = 10000;
  const auto exponents = at::arange(0, head_size, 2, at::kFloat) / static_cast<double>(head_size);
  const auto frequencies =
      place.has("inv_freq") ? place.take("inv_freq", {head_size / 2}) : at::pow(base, exponents).reciprocal();
  const auto half = at::arange(window, at::kFloat).to(frequencies.device()).unsqueeze(1) * frequencies;
  return at::cat({half, half}, 1);
}

}  // namespace

LocalAttention::LocalAttention(const tensors::WeightScope& scope, int64_t channels, int64_t window)
    : window_(window),
      norm_(scope / "norm", channels),
      query_key_value_(scope / "to_qkv", {.in = channels, .out = 3 * channels, .bias = false}),
      out_(scope / "to_out", {.in = channels, .out = channels, .bias = false}),
      cosine_(angles(scope, window).cos().to(scope.device())),
      sine_(angles(scope, window).sin().to(scope.device())) {
  if (channels % head_size != 0)
    throw Error("attention needs channels in heads of {}, but got {} channels", head_size, channels);
}

at::Tensor LocalAttention::operator()(const at::Tensor& x) const {
  const int64_t batch = x.size(0), channels = x.size(1), frames = x.size(2);
  const auto parts = query_key_value_(norm_(x.transpose(1, 2))).chunk(3, 2);
  const auto windows = [&](const at::Tensor& part) {  // [B * windows, heads, window, head_size]
    return part.reshape({batch * (frames / window_), window_, channels / head_size, head_size}).transpose(1, 2);
  };
  const auto query = rotated(windows(parts[0])), key = rotated(windows(parts[1]));
  const auto weights =
      at::matmul(query, key.transpose(2, 3)).mul_(1 / std::sqrt(static_cast<double>(head_size))).softmax(-1);
  const auto mixed = at::matmul(weights, windows(parts[2])).transpose(1, 2).reshape({batch, frames, channels});
  return out_(mixed).transpose(1, 2) + x;
}

at::Tensor LocalAttention::rotated(const at::Tensor& x) const {
  const auto halves = x.chunk(2, -1);
  return x * cosine_ + at::cat({-halves[1], halves[0]}, -1) * sine_;
}

}  // namespace cfo::layers
