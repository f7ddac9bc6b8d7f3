// Layers written out in loops over channels, taps and time, in double precision: what the tests hold the real ones
// against. An utterance is [C, T].
#pragma once

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "nodes/networks/tensors/seeded_weights.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::test {

/// Numbers in [-scale, scale) that depend on the name alone.
inline at::Tensor noise(const std::string& name, const std::vector<int64_t>& shape, double scale = 1) {
  return tensors::seeded_tensor(name, shape, -scale, scale, 9);
}

/// `name`.weight [out, in, ...], of a size that keeps the size of its input, and `name`.bias [out].
inline void add_linear(TensorMap& map, const std::string& name, const std::vector<int64_t>& shape) {
  double inputs = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) inputs *= static_cast<double>(shape[i]);
  map[name + ".weight"] = noise(name + ".weight", shape, std::sqrt(3 / inputs));
  map[name + ".bias"] = noise(name + ".bias", {shape.front()}, 0.5);
}

/// As add_linear for a transposed convolution, [in, out, kernel].
inline void add_transposed(TensorMap& map, const std::string& name, const std::vector<int64_t>& shape) {
  map[name + ".weight"] = noise(name + ".weight", shape, std::sqrt(3.0 / static_cast<double>(shape.at(0))));
  map[name + ".bias"] = noise(name + ".bias", {shape.at(1)}, 0.5);
}

inline void add_norm(TensorMap& map, const std::string& name, int64_t channels) {
  map[name + ".weight"] = noise(name + ".weight", {channels});
  map[name + ".bias"] = noise(name + ".bias", {channels});
}

inline at::Tensor wide(const TensorMap& map, const std::string& name) { return map.at(name).to(at::kDouble); }

inline at::Tensor bias_over_time(const TensorMap& map, const std::string& name, int64_t channels, int64_t length) {
  const auto found = map.find(name + ".bias");
  if (found == map.end()) return at::zeros({channels, length}, at::kDouble);
  return found->second.to(at::kDouble).unsqueeze(1).repeat({1, length});
}

struct Steps {
  int64_t stride = 1;
  int64_t dilation = 1;
  int64_t padding = 0;  ///< zeros at both ends; cut from both ends of a transposed one
  int64_t groups = 1;
  int64_t output_padding = 0;
};

inline at::Tensor written_conv(const TensorMap& map, const std::string& name, const at::Tensor& x,
                               const Steps& steps = {}) {
  const auto weight = wide(map, name + ".weight");
  const int64_t out = weight.size(0), in = weight.size(1), kernel = weight.size(2), length = x.size(1);
  const int64_t frames = (length + 2 * steps.padding - (kernel - 1) * steps.dilation - 1) / steps.stride + 1;
  const auto result = bias_over_time(map, name, out, frames);
  auto to = result.accessor<double, 2>();
  const auto from = x.accessor<double, 2>();
  const auto taps = weight.accessor<double, 3>();
  for (int64_t o = 0; o < out; ++o) {
    const int64_t first = o / (out / steps.groups) * in;
    for (int64_t t = 0; t < frames; ++t) {
      for (int64_t k = 0; k < kernel; ++k) {
        const int64_t source = t * steps.stride + k * steps.dilation - steps.padding;
        if (source < 0 || source >= length) continue;
        for (int64_t i = 0; i < in; ++i) to[o][t] += taps[o][i][k] * from[first + i][source];
      }
    }
  }
  return result;
}

inline at::Tensor written_conv_transpose(const TensorMap& map, const std::string& name, const at::Tensor& x,
                                         const Steps& steps) {
  const auto weight = wide(map, name + ".weight");
  const int64_t in = weight.size(0), out = weight.size(1), kernel = weight.size(2), frames = x.size(1);
  const int64_t length = (frames - 1) * steps.stride + kernel - 2 * steps.padding + steps.output_padding;
  const auto result = bias_over_time(map, name, out, length);
  auto to = result.accessor<double, 2>();
  const auto from = x.accessor<double, 2>();
  const auto taps = weight.accessor<double, 3>();
  for (int64_t f = 0; f < frames; ++f) {
    for (int64_t k = 0; k < kernel; ++k) {
      const int64_t t = f * steps.stride + k - steps.padding;
      if (t < 0 || t >= length) continue;
      for (int64_t i = 0; i < in; ++i) {
        for (int64_t o = 0; o < out; ++o) to[o][t] += taps[i][o][k] * from[i][f];
      }
    }
  }
  return result;
}

/// x [rows, in] -> [rows, out]; the weight may be that of a convolution of kernel 1.
inline at::Tensor written_linear(const TensorMap& map, const std::string& name, const at::Tensor& x) {
  const auto weight = wide(map, name + ".weight").flatten(1);
  const auto product = at::matmul(x, weight.t());
  return map.count(name + ".bias") > 0 ? product + wide(map, name + ".bias") : product;
}

/// Mean 0 and variance 1 over a dimension.
inline at::Tensor standardised(const at::Tensor& x, int64_t dimension, double epsilon) {
  const auto centred = x - x.mean(dimension, true);
  return centred / (centred.square().mean(dimension, true) + epsilon).sqrt();
}

/// x [rows, C].
inline at::Tensor written_layer_norm(const TensorMap& map, const std::string& name, const at::Tensor& x,
                                     double epsilon) {
  return standardised(x, 1, epsilon) * wide(map, name + ".weight") + wide(map, name + ".bias");
}

/// x [C, T].
inline at::Tensor written_group_norm(const TensorMap& map, const std::string& name, const at::Tensor& x, int64_t groups,
                                     double epsilon) {
  const auto standard = standardised(x.reshape({groups, -1}), 1, epsilon).view(x.sizes());
  return standard * wide(map, name + ".weight").unsqueeze(1) + wide(map, name + ".bias").unsqueeze(1);
}

/// x [C, T] through a layer that takes [B, C, T].
template <typename Layer>
at::Tensor alone(const Layer& layer, const at::Tensor& x) {
  return layer(x.to(at::kFloat).unsqueeze(0))[0].to(at::kDouble);
}

/// Relative L2 distance; infinite where the shapes differ.
inline double difference(const at::Tensor& actual, const at::Tensor& expected) {
  if (actual.sizes() != expected.sizes()) return std::numeric_limits<double>::infinity();
  return ((actual.to(at::kDouble) - expected).norm() / expected.norm()).item<double>();
}

constexpr double rounding = 1e-5;  ///< what float32 may differ by

/// Holds every row of a batch through `layer` against `written`, which gets the row in double precision; the batch must
/// stay as it is.
template <typename Layer, typename Written>
void check_each_utterance(const Layer& layer, const at::Tensor& x, const Written& written) {
  const auto before = x.clone();
  const auto y = layer(x);
  CHECK(at::equal(x, before));
  REQUIRE(y.size(0) == x.size(0));
  for (int64_t b = 0; b < x.size(0); ++b) CHECK(difference(y[b], written(x[b].to(at::kDouble))) < rounding);
}

}  // namespace cfo::test
