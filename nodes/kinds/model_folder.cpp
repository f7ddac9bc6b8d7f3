#include "nodes/kinds/model_folder.h"

#include <yaml-cpp/yaml.h>

#include "base/durable_file.h"
#include "base/error.h"
#include "storage/checkpoint/checkpoint.h"

namespace cfo::nodes {
namespace {

namespace fs = std::filesystem;

constexpr auto tensors_file = "model.safetensors";
constexpr auto description_file = "model.yaml";

template <typename T>
T value_of(const YAML::Node& root, const std::string& key, const fs::path& file) {
  try {
    return root[key].as<T>();
  } catch (const YAML::Exception&) {
    throw Error("{}: '{}' is missing or mistyped; train the model again", file.string(), key);
  }
}

YAML::Node parse(const fs::path& file) {
  try {
    return YAML::Load(read_text(file));
  } catch (const YAML::Exception& error) {
    throw Error("{}:{}: not valid YAML: {}; train the model again", file.string(), error.mark.line + 1, error.msg);
  }
}

}  // namespace

void write_model(const fs::path& folder, const ModelDescription& description, const detectors::TensorMap& tensors) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  out << YAML::Key << "detector" << YAML::Value << description.detector;
  out << YAML::Key << "sample_rate" << YAML::Value << detector_sample_rate;
  out << YAML::Key << "samples" << YAML::Value << description.samples;
  out << YAML::Key << "epoch" << YAML::Value << description.epoch;
  out << YAML::Key << "validation_eer" << YAML::Value << fmt::format("{}", description.validation_eer);
  if (!description.weights.empty()) {
    out << YAML::Key << "weights" << YAML::Value << description.weights;
    out << YAML::Key << "weights_sha256" << YAML::Value << description.weights_sha256;
  }
  out << YAML::Key << "codecs" << YAML::Value << YAML::Flow << description.codecs;
  out << YAML::Key << "settings" << YAML::Value << YAML::BeginMap;
  for (const auto& [name, value] : description.settings.all()) {
    out << YAML::Key << name << YAML::Value << YAML::Flow << YAML::Load(engine::spelled(value));
  }
  out << YAML::EndMap << YAML::EndMap;
  storage::write_safetensors(folder / tensors_file, tensors, {{"detector", description.detector}});
  write_durably(folder / description_file, std::string(out.c_str()) + "\n");
}

ModelDescription read_description(const fs::path& folder) {
  const fs::path file = folder / description_file;
  const YAML::Node root = parse(file);
  ModelDescription description;
  description.detector = value_of<std::string>(root, "detector", file);
  description.samples = value_of<int64_t>(root, "samples", file);
  description.epoch = value_of<int64_t>(root, "epoch", file);
  description.validation_eer = value_of<double>(root, "validation_eer", file);
  if (root["weights"]) {
    description.weights = value_of<std::string>(root, "weights", file);
    description.weights_sha256 = value_of<std::string>(root, "weights_sha256", file);
  }
  if (root["codecs"]) description.codecs = value_of<std::vector<std::string>>(root, "codecs", file);
  return description;
}

Model read_model(const fs::path& folder, c10::Device device) {
  const fs::path description = folder / description_file;
  const YAML::Node root = parse(description);
  Model model;
  model.detector = detectors::make_detector(value_of<std::string>(root, "detector", description), device);
  model.samples = value_of<int64_t>(root, "samples", description);
  if (model.samples < model.detector->shortest()) {
    throw Error("{}: samples is {}, but {} takes at least {}; train the model again", description.string(),
                model.samples, model.detector->name(), model.detector->shortest());
  }
  const fs::path tensors = folder / tensors_file;
  model.detector->load(storage::read_checkpoint(tensors), tensors.string());
  return model;
}

}  // namespace cfo::nodes
