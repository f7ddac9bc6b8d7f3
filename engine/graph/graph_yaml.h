// YAML from outside, within bounds. Internal to engine/graph.
#pragma once

#include <yaml-cpp/yaml.h>

#include <stdexcept>
#include <string>

namespace cfo::engine {

/// What is wrong with a text, and where: line and column from 1.
struct YamlFault : std::runtime_error {
  YamlFault(const YAML::Mark& mark, const std::string& what)
      : std::runtime_error(what), line(mark.line + 1), column(mark.column + 1) {}
  int line, column;
};

/// Longest text of a graph; the paper's own study is 8 kB.
inline constexpr std::size_t longest_graph = 4 << 20;

/// The first document of `text`. Throws YamlFault for what is no YAML, is longer than longest_graph, is nested deeper
/// than 64 levels, has an anchor that holds an alias of itself, or has more than 200,000 values once every alias stands
/// for what it means.
YAML::Node load_yaml(const std::string& text);

}  // namespace cfo::engine
