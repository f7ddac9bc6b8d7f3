#include "nodes/report/gather/models.h"

#include <algorithm>

#include "base/error.h"
#include "nodes/report/gather/study.h"
#include "storage/run_folder/layout.h"
#include "storage/run_folder/model_description.h"

namespace cfo::report {
namespace fs = std::filesystem;

ModelFolders gather_models(const storage::FinishedFiles& files) {
  const fs::path& run = files.run();
  ModelFolders found;
  std::error_code ignored;
  if (!fs::is_directory(run / storage::models_folder, ignored)) return found;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(run / storage::models_folder)) {
    const fs::path description = entry.path() / storage::model_description_file;
    if (fs::is_regular_file(description, ignored) && files.count(description))
      names.push_back(entry.path().filename().string());
  }
  for (const auto& name : in_report_order(names)) {
    try {
      const auto description = storage::read_description(run / storage::models_folder / name);
      found.models.push_back({name, description.detector, description.codecs, description.weights,
                              description.weights_sha256,
                              "models/" + name + "/" + std::string(storage::model_description_file)});
    } catch (const Error& error) {
      found.remarks.emplace_back(error.what());
    }
  }
  return found;
}

const ModelFacts* find_facts(const std::vector<ModelFacts>& models, const std::string& model) {
  const auto found = std::find_if(models.begin(), models.end(), [&](const auto& one) { return one.model == model; });
  return found == models.end() ? nullptr : &*found;
}

}  // namespace cfo::report
