// model.yaml of a trained countermeasure: RUN/models/NAME/model.yaml, beside model.safetensors with its tensors.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace cfo::storage {

/// Names of the files in a model's folder.
constexpr auto model_tensors_file = "model.safetensors";
constexpr auto model_description_file = "model.yaml";

struct ModelDescription {
  std::string detector;                  ///< name for detectors::make_detector
  int64_t sample_rate = 16000;           ///< Hz
  int64_t samples = 0;                   ///< input length that it was trained with
  int64_t epoch = 0;                     ///< the one chosen, from 1
  double validation_eer = 0;             ///< of that epoch, in [0, 1]
  std::string weights = {};              ///< the published file that it began as, "" for none
  std::string weights_sha256 = {};       ///< of that file
  std::vector<std::string> codecs = {};  ///< whose speech it was trained on; "bonafide" is not among them
  /// Of the training, as name and YAML text; written for people, not read back.
  std::vector<std::pair<std::string, std::string>> settings = {};
};

/// Writes model.yaml into `folder`, durably.
void write_description(const std::filesystem::path& folder, const ModelDescription& description);

/// The description in `folder` without `settings`. Throws Error naming the file for a missing or damaged one.
ModelDescription read_description(const std::filesystem::path& folder);

}  // namespace cfo::storage
