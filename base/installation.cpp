#include "base/installation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "base/error.h"
#include "base/nearest.h"

namespace cfo {
namespace fs = std::filesystem;
namespace {

/// The value of an environment variable; "" where it is not set.
std::string environment(const char* variable) {
  const char* const value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

bool is_file(const fs::path& path) { return fs::exists(path) && !fs::is_directory(path); }

/// The folder holds tables too (speeds.yaml): a graph is a file with nodes.
bool is_graph(const fs::path& file) {
  if (file.extension() != ".yaml") return false;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("nodes:")) return true;
  }
  return false;
}

std::vector<std::string> graph_names(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator(folder, unreadable)) {
    if (is_graph(entry.path())) names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// "graphs/quickstart.yaml" and "quickstart" -> "quickstart"; "" for a path that cannot mean a graph of the folder.
std::string plain_name(const fs::path& given) {
  const auto folder = given.parent_path();
  if (!folder.empty() && folder != "graphs") return "";
  return (given.extension() == ".yaml" ? given.stem() : given.filename()).string();
}

}  // namespace

fs::path graphs_folder() {
  if (const auto folder = environment("CFO_GRAPHS"); !folder.empty()) return folder;
  const auto programs = fs::read_symlink("/proc/self/exe").parent_path();
  return fs::weakly_canonical(programs / "../share/cfo/graphs");
}

fs::path in_graphs_folder(const std::string& name, const char* variable) {
  const auto replacement = variable == nullptr ? "" : environment(variable);
  return replacement.empty() ? graphs_folder() / name : fs::path(replacement);
}

fs::path find_graph(const std::string& name) {
  if (is_file(name)) return name;
  const auto folder = graphs_folder();
  const auto plain = plain_name(name);
  if (!plain.empty() && is_graph(folder / (plain + ".yaml"))) return folder / (plain + ".yaml");
  const auto names = graph_names(folder);
  if (names.empty()) {
    throw Error("{}: no such graph file, and there are no graphs in {}; set CFO_GRAPHS to the folder graphs of CFO",
                name, folder.string());
  }
  const auto near = nearest(plain, names);
  throw Error("{}: no such graph file; the graphs in {} are: {}{}", name, folder.string(), fmt::join(names, ", "),
              near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
}

}  // namespace cfo
