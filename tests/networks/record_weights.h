// The weights of a compact golden record, for tests that need a whole network.
#pragma once

#include <ATen/ATen.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "nodes/layers/seeded_weights.h"
#include "nodes/layers/weights.h"

namespace cfo::tests {

inline nlohmann::json record_manifest(const std::string& model) {
  std::ifstream stream(std::string(CFO_SOURCE_DIR) + "/tests/golden/" + model + "/manifest.json");
  return nlohmann::json::parse(stream);
}

/// Tensor name -> the published file that holds it, for models published in several files.
inline std::map<std::string, std::string> record_files(const std::string& model) {
  constexpr std::size_t file = 4;
  const auto manifest = record_manifest(model);
  std::map<std::string, std::string> files;
  for (const auto& row : manifest.at("weights")) {
    if (row.size() > file) files.emplace(row.at(0), row.at(file));
  }
  return files;
}

inline layers::TensorMap record_weights(const std::string& model) {
  const auto manifest = record_manifest(model);
  layers::TensorMap weights;
  for (const auto& row : manifest.at("weights")) {
    const std::string name = row.at(0);
    const double high = row.at(2), low = row.size() > 3 ? row.at(3).get<double>() : -high;
    weights.emplace(name, layers::seeded_tensor(name, row.at(1).get<std::vector<int64_t>>(), low, high, manifest.at("seed")));
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
