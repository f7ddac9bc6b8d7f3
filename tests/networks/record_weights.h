// The weights of a compact golden record, for tests that need a whole network.
#pragma once

#include <ATen/ATen.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "nodes/layers/seeded_weights.h"
#include "nodes/layers/weights.h"

namespace cfo::tests {

inline layers::TensorMap record_weights(const std::string& model) {
  std::ifstream stream(std::string(CFO_SOURCE_DIR) + "/tests/golden/" + model + "/manifest.json");
  const auto manifest = nlohmann::json::parse(stream);
  layers::TensorMap weights;
  for (const auto& row : manifest.at("weights")) {
    const std::string name = row.at(0);
    weights.emplace(name, layers::seeded_tensor(name, row.at(1).get<std::vector<int64_t>>(), row.at(2), row.at(3),
                                                manifest.at("seed")));
  }
  return weights;
}

/// Noise [batch, 1, samples] of about speech's level.
inline at::Tensor test_waves(int64_t batch, int64_t samples) {
  return layers::seeded_tensor("wave", {batch, 1, samples}, -0.4, 0.4, 7);
}

inline double relative_error(const at::Tensor& actual, const at::Tensor& expected) {
  return ((actual - expected).norm() / expected.norm()).item<double>();
}

}  // namespace cfo::tests
