#include "nodes/kinds/shared/model_folder.h"

#include "base/error.h"
#include "nodes/networks/detectors/make/make_detector.h"
#include "storage/checkpoint/checkpoint.h"

namespace cfo::kinds {
namespace fs = std::filesystem;

std::vector<std::pair<std::string, std::string>> spelled_settings(const engine::Parameters& parameters) {
  std::vector<std::pair<std::string, std::string>> settings;
  for (const auto& [name, value] : parameters.all()) settings.emplace_back(name, engine::spelled(value));
  return settings;
}

void write_model(const fs::path& folder, const storage::ModelDescription& description, const TensorMap& tensors) {
  storage::write_safetensors(folder / storage::model_tensors_file, tensors, {{"detector", description.detector}});
  storage::write_description(folder, description);
}

Model read_model(const fs::path& folder, c10::Device device) {
  const auto description = storage::read_description(folder);
  Model model;
  model.detector = detectors::make_detector(description.detector, device);
  model.samples = description.samples;
  if (model.samples < model.detector->shortest()) {
    throw Error("{}: samples is {}, but {} takes at least {}; train the model again",
                (folder / storage::model_description_file).string(), model.samples, model.detector->name(),
                model.detector->shortest());
  }
  const fs::path tensors = folder / storage::model_tensors_file;
  model.detector->load(storage::read_checkpoint(tensors), tensors.string());
  return model;
}

double model_bytes(const engine::Parameters& parameters) {
  // XLS-R's 317 million weights, or AASIST's 300 thousand at most; and a line for each epoch and step.
  const bool self_supervised = parameters.text("detector").starts_with("w2v2");
  return (self_supervised ? 1.3e9 : 1.5e6) + 20e3 * parameters.number("epochs");
}

}  // namespace cfo::kinds
