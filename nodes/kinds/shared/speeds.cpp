#include "nodes/kinds/shared/speeds.h"

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/installation.h"

namespace cfo::kinds {
namespace {

using Speeds = std::map<std::string, std::map<std::string, double>>;  ///< group -> name -> audio seconds a CPU second

Speeds read_speeds(const std::filesystem::path& file) {
  Speeds speeds;
  if (!std::filesystem::is_regular_file(file)) return speeds;
  try {
    const YAML::Node root = YAML::LoadFile(file.string());
    for (const auto* group : {"codecs", "quality", "scoring", "training"})
      for (const auto& entry : root[group]) speeds[group][entry.first.as<std::string>()] = entry.second.as<double>();
  } catch (const YAML::Exception& error) {
    throw Error(
        "{}:{}: speeds are numbers, audio seconds a CPU second, in blocks codecs, quality, scoring and training",
        file.string(), error.mark.line + 1);
  }
  return speeds;
}

double cost(const std::string& group, const std::string& name) {
  static const Speeds speeds = read_speeds(in_graphs_folder("speeds.yaml"));
  const auto names = speeds.find(group);
  if (names == speeds.end()) return 0;
  const auto speed = names->second.find(name);
  return speed == names->second.end() || speed->second <= 0 ? 0 : 1 / speed->second;
}

}  // namespace

double codec_cost(const std::string& codec) { return cost("codecs", codec); }
double quality_cost() { return cost("quality", "utmos22_strong"); }
double scoring_cost(const std::string& detector) { return cost("scoring", detector); }
double training_cost(const std::string& detector) { return cost("training", detector); }

}  // namespace cfo::kinds
