// The weights of a compact golden record, for tests that need a whole network.
#pragma once

#include <ATen/ATen.h>
#include <H5Cpp.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "nodes/networks/tensors/seeded_weights.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::test {

/// The manifest of a compact record; a long list of weights lies in its golden.h5, as text.
inline nlohmann::json record_manifest(const std::string& model) {
  const auto folder = std::string(CFO_SOURCE_DIR) + "/tests/golden/" + model;
  std::ifstream stream(folder + "/manifest.json");
  auto manifest = nlohmann::json::parse(stream);
  if (manifest.contains("weights")) return manifest;
  const H5::H5File file(folder + "/golden.h5", H5F_ACC_RDONLY);
  const auto set = file.openDataSet("weights_json");
  std::string text(static_cast<std::size_t>(set.getSpace().getSimpleExtentNpoints()), ' ');
  set.read(text.data(), H5::PredType::NATIVE_UINT8);
  manifest["weights"] = nlohmann::json::parse(text);
  return manifest;
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

inline TensorMap record_weights(const std::string& model) {
  const auto manifest = record_manifest(model);
  TensorMap weights;
  for (const auto& row : manifest.at("weights")) {
    const std::string name = row.at(0);
    const double high = row.at(2), low = row.size() > 3 ? row.at(3).get<double>() : -high;
    weights.emplace(
        name, tensors::seeded_tensor(name, row.at(1).get<std::vector<int64_t>>(), low, high, manifest.at("seed")));
  }
  return weights;
}

/// Noise [batch, 1, samples] of about speech's level.
inline at::Tensor test_waves(int64_t batch, int64_t samples) {
  return tensors::seeded_tensor("wave", {batch, 1, samples}, -0.4, 0.4, 7);
}

inline double relative_error(const at::Tensor& actual, const at::Tensor& expected) {
  return ((actual - expected).norm() / expected.norm()).item<double>();
}

}  // namespace cfo::test
