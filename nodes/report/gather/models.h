// What the model folders of a run tell of its detectors: models/<model>/model.yaml.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nodes/report/gather/remarks.h"
#include "storage/run_folder/finished_files.h"

namespace cfo::report {

struct ModelFacts {
  std::string model, detector;
  std::vector<std::string> codecs;      ///< whose speech it was trained on; empty where the file does not tell
  std::string weights, weights_sha256;  ///< published file that it began as; "" for none
  std::string file;                     ///< below the run folder
};

struct ModelFolders {
  std::vector<ModelFacts> models;  ///< in the order of the report
  Remarks remarks;                 ///< one for each that cannot be read
};

ModelFolders gather_models(const storage::FinishedFiles& files);

/// Null where the run has no such model.
const ModelFacts* find_facts(const std::vector<ModelFacts>& models, const std::string& model);

}  // namespace cfo::report
