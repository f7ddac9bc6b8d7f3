// A trained countermeasure on the disk: a folder with model.safetensors (tensors by official names) and model.yaml
// (what it is).
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/kind/parameters.h"
#include "nodes/networks/detectors/detector.h"

namespace cfo::nodes {

/// Countermeasures work at this rate, Hz.
constexpr int64_t detector_sample_rate = 16000;

struct ModelDescription {
  std::string detector;                  ///< name for detectors::make_detector
  int64_t samples = 0;                   ///< input length that it was trained with
  int64_t epoch = 0;                     ///< the one chosen, from 1
  double validation_eer = 0;             ///< of that epoch, in [0, 1]
  std::string weights = {};              ///< the published file that it began as, "" for none
  std::string weights_sha256 = {};       ///< of that file
  std::vector<std::string> codecs = {};  ///< whose speech it was trained on; "bonafide" is not among them
  engine::Parameters settings = {};      ///< of the training; written for people
};

/// Writes both files into `folder`, durably.
void write_model(const std::filesystem::path& folder, const ModelDescription& description,
                 const detectors::TensorMap& tensors);

/// The description in `folder` without `settings`. Throws Error naming the file for a missing or damaged one.
ModelDescription read_description(const std::filesystem::path& folder);

struct Model {
  std::unique_ptr<detectors::Detector> detector;
  int64_t samples = 0;
};

/// Throws Error naming the file for a missing, damaged or unfitting one.
Model read_model(const std::filesystem::path& folder, c10::Device device);

}  // namespace cfo::nodes
