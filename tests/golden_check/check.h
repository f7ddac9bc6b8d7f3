// golden-check: runs every stage of a record on the recorded input of that stage and says how far the result is off.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace cfo::golden {

/// One printed line.
struct Stage {
  std::string name;    ///< "latent", "codes", ...
  std::string figure;  ///< "relative L2 3.1e-07" or "codes equal 100.00 %"
  bool passed = false;
  bool run = true;  ///< false: the record lacks its array, or another one that it needs, which `figure` then names
};

/// A record folder in memory: manifest.json and the arrays of its .h5 files (group/name -> tensor; int64, float32,
/// float64). A compact record (tests/golden, made by scripts/make_compact_records.py) holds less: where
/// manifest["compact"]["samples"] has a row for array "x", x is the first `kept` of every `stride`-th value along the
/// last dimension of what the full stage gives.
struct Record {
  std::filesystem::path folder;
  nlohmann::json manifest;
  std::map<std::string, at::Tensor> arrays;
};

/// An array that a record does not hold: the stages that need it are left out (stages.h).
class NotRecorded : public Error {
 public:
  NotRecorded(const Record& record, std::string array)
      : Error("{}: the record holds no array '{}'", record.folder.string(), array), array_(std::move(array)) {}
  const std::string& array() const { return array_; }

 private:
  std::string array_;
};

/// Throws cfo::Error when the folder holds no manifest.json or an array file cannot be read.
Record read_record(const std::filesystem::path& folder);

/// Throws NotRecorded.
const at::Tensor& array(const Record& record, const std::string& name);

/// The weights of a manifest's `weights` list (or another list of the same form), filled by the rule of the golden
/// README.
std::map<std::string, at::Tensor> fill_weights(const nlohmann::json& rows, uint64_t seed);

/// The values of array `name` that the record holds: all of `result`, or those that a compact record kept.
at::Tensor kept_values(const Record& record, const std::string& name, const at::Tensor& result);

/// ||a - b|| / ||b|| in float64; shapes must agree (else a failed stage that names both shapes).
Stage compare_floats(const std::string& name, const at::Tensor& actual, const at::Tensor& expected,
                     double tolerance = 1e-4);

/// Share of equal codes, at least 99.5 %; a differing code must be a near tie by `margins` (may be undefined).
Stage compare_codes(const std::string& name, const at::Tensor& actual, const at::Tensor& expected,
                    const at::Tensor& margins);

/// One checker a kind of record; `check_record` finds it by the manifest ("codec", or "name": cm_aasist, metrics, ...).
std::vector<Stage> check_record(const std::filesystem::path& folder);
std::vector<Stage> check_codec(const Record& record);
std::vector<Stage> check_aasist(const Record& record);
std::vector<Stage> check_w2v2_aasist(const Record& record);
std::vector<Stage> check_rawboost(const Record& record);
std::vector<Stage> check_metrics(const Record& record);
std::vector<Stage> check_utmos(const Record& record);

}  // namespace cfo::golden
