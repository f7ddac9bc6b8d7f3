#include "engine/graph/graph.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/graph/graph_values.h"

namespace cfo::engine {

std::string Problem::text() const {
  std::string where = file;
  if (line > 0) where += fmt::format(":{}:{}", line, column);
  return where + ": " + (node.empty() ? "" : fmt::format("node '{}': ", node)) + message;
}

GraphError::GraphError(std::vector<Problem> problems)
    : Error("{}",
            [&] {
              std::string text;
              for (const auto& problem : problems) text += (text.empty() ? "" : "\n") + problem.text();
              return text;
            }()),
      problems_(std::move(problems)) {}

const GraphNode* Graph::find(std::string_view name) const {
  const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const auto& node) { return node.name == name; });
  return found == nodes.end() ? nullptr : &*found;
}

const std::vector<std::string>* Graph::values_of(std::string_view variable) const {
  const auto found = std::find_if(foreach.begin(), foreach.end(), [&](const auto& f) { return f.first == variable; });
  return found == foreach.end() ? nullptr : &found->second;
}

const std::vector<Parameter>& graph_parameters() {
  static const std::vector<Parameter> parameters = {
      {.name = "name", .type = Type::text, .summary = "name of the graph and of its run folder"},
      {.name = "description", .type = Type::text, .summary = "what the graph is for", .default_value = Value("")},
      {.name = "seed",
       .type = Type::integer,
       .summary = "seed of all random numbers",
       .default_value = Value(int64_t{2025}),
       .min = 0},
      {.name = "device", .type = Type::text, .summary = "cpu, cuda or cuda:N", .default_value = Value("cpu")},
      {.name = "in_flight",
       .type = Type::integer,
       .summary = "maximum number of items in memory at once",
       .unit = "items",
       .default_value = Value(int64_t{32}),
       .min = 1,
       .max = 100000},
      {.name = "shard_items",
       .type = Type::integer,
       .summary = "number of items in a unit of work, so in a shard",
       .unit = "items",
       .default_value = Value(int64_t{500}),
       .min = 1,
       .max = 1000000},
      {.name = "missing",
       .type = Type::text,
       .summary = "what to do with foreach values that cannot be used on this machine",
       .default_value = Value("error"),
       .choices = {"error", "skip"}},
  };
  return parameters;
}

Parameters parameters_for(const GraphNode& node, const Bindings& bindings) {
  Parameters result;
  for (const auto& parameter : all_parameters(*node.kind)) {
    const auto converted = convert(parameter, node.values.at(parameter.name), bindings);
    if (const auto* fault = std::get_if<std::string>(&converted)) throw Error("node '{}': {}", node.name, *fault);
    result.set(parameter.name, std::get<Value>(converted));
  }
  return result;
}

std::vector<Bindings> combinations(const Graph& graph, const std::set<std::string>& variables) {
  std::vector<Bindings> result = {{}};
  for (const auto& [variable, values] : graph.foreach) {
    if (!variables.contains(variable)) continue;
    std::vector<Bindings> longer;
    for (const auto& bindings : result)
      for (const auto& value : values) {
        longer.push_back(bindings);
        longer.back().emplace_back(variable, value);
      }
    result = std::move(longer);
  }
  return result;
}

}  // namespace cfo::engine
