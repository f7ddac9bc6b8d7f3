// A trained countermeasure on the disk: its description (storage/run_folder/model_description.h) and its tensors by
// official names.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/tensor_map.h"
#include "engine/kind/parameters.h"
#include "nodes/networks/detectors/detector.h"
#include "storage/run_folder/model_description.h"

namespace cfo::kinds {

/// Countermeasures work at this rate, Hz.
constexpr int64_t detector_sample_rate = 16000;

/// A node's parameters as the settings of a model description.
std::vector<std::pair<std::string, std::string>> spelled_settings(const engine::Parameters& parameters);

/// Writes both files into `folder`, durably.
void write_model(const std::filesystem::path& folder, const storage::ModelDescription& description,
                 const TensorMap& tensors);

struct Model {
  std::unique_ptr<detectors::Detector> detector;
  int64_t samples = 0;
};

/// Throws Error naming the file for a missing, damaged or unfitting one.
Model read_model(const std::filesystem::path& folder, c10::Device device);

/// About what the folder of a trained model takes, for the plan; `detector` and `epochs` of the parameters.
double model_bytes(const engine::Parameters& parameters);

}  // namespace cfo::kinds
