#include "storage/run_folder/model_description.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "base/durable_file.h"
#include "base/error.h"

namespace cfo::storage {
namespace {

namespace fs = std::filesystem;

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

void write_description(const fs::path& folder, const ModelDescription& description) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  out << YAML::Key << "detector" << YAML::Value << description.detector;
  out << YAML::Key << "sample_rate" << YAML::Value << description.sample_rate;
  out << YAML::Key << "samples" << YAML::Value << description.samples;
  out << YAML::Key << "epoch" << YAML::Value << description.epoch;
  out << YAML::Key << "validation_eer" << YAML::Value << fmt::format("{}", description.validation_eer);
  if (!description.weights.empty()) {
    out << YAML::Key << "weights" << YAML::Value << description.weights;
    out << YAML::Key << "weights_sha256" << YAML::Value << description.weights_sha256;
  }
  out << YAML::Key << "codecs" << YAML::Value << YAML::Flow << description.codecs;
  out << YAML::Key << "settings" << YAML::Value << YAML::BeginMap;
  for (const auto& [name, value] : description.settings) {
    out << YAML::Key << name << YAML::Value << YAML::Flow << YAML::Load(value);
  }
  out << YAML::EndMap << YAML::EndMap;
  write_durably(folder / model_description_file, std::string(out.c_str()) + "\n");
}

ModelDescription read_description(const fs::path& folder) {
  const fs::path file = folder / model_description_file;
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

}  // namespace cfo::storage
