#include "nodes/report/gather/generators.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/installation.h"

namespace cfo::report {
namespace {

template <typename T>
T field(const YAML::Node& row, const char* key, const std::string& file) {
  try {
    return row[key].as<T>();
  } catch (const YAML::Exception&) {
    throw Error("{}:{}: a generator needs the key '{}' with a fitting value", file, row.Mark().line + 1, key);
  }
}

std::vector<GeneratorFacts> read_generators(const std::filesystem::path& path) {
  std::vector<GeneratorFacts> generators;
  if (!std::filesystem::is_regular_file(path)) return generators;
  const std::string file = path.string();
  YAML::Node rows;
  try {
    rows = YAML::LoadFile(file);
  } catch (const YAML::Exception& error) {
    throw Error("{}: not readable as YAML: {}", file, error.what());
  }
  for (const auto& row : rows) {
    const auto text = [&](const char* key) { return field<std::string>(row, key, file); };
    generators.push_back({text("name"), text("title"), text("codec"), text("quantizer"), text("auxiliary"),
                          text("decoder"), text("source"), field<int64_t>(row, "utterances", file),
                          field<std::vector<std::string>>(row, "like", file)});
  }
  return generators;
}

}  // namespace

const std::vector<GeneratorFacts>& all_generators() {
  static const auto generators = read_generators(in_graphs_folder("generators.yaml"));
  return generators;
}

const GeneratorFacts* find_generator(const std::string& name) {
  const auto& all = all_generators();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& generator) { return generator.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace cfo::report
