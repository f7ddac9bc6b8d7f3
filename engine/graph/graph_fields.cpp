// Whether every field that a node reads is on the items that come to it, and of the type that it reads.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/graph/graph_reader.h"
#include "engine/graph/graph_values.h"

namespace cfo::engine {
namespace {

std::string names_of(const std::map<std::string, AnyField>& fields) {
  std::vector<std::string> names;
  for (const auto& [name, field] : fields) names.push_back(name);
  return names.empty() ? "no field" : fmt::format("only: {}", fmt::join(names, ", "));
}

/// "; a node of kind encode writes it"
std::string who_writes(const Registry& registry, const AnyField& field) {
  std::vector<std::string> kinds;
  for (const auto& [name, kind] : registry.kinds())
    if (std::any_of(kind.writes.begin(), kind.writes.end(), [&](const auto& f) { return f.name == field.name; }))
      kinds.push_back(name);
  return kinds.empty() ? "" : fmt::format("; a node of kind {} writes it", fmt::join(kinds, " or "));
}

}  // namespace

/// Reports at `at` what is wrong with one field that `node` reads. `fields`: those on the items from the node `from`.
void GraphReader::check_read(const GraphNode& node, const YAML::Node& at, const Read& read, const std::string& from,
                             const std::map<std::string, AnyField>& fields) {
  const auto found = fields.find(read.field.name);
  if (found == fields.end()) {
    if (!read.optional)
      problem(at, node.name,
              fmt::format("reads '{}', but '{}' gives {}{}", read.field.name, from, names_of(fields),
                          who_writes(registry_, read.field)));
  } else if (found->second.type != read.field.type) {
    problem(at, node.name,
            fmt::format("reads '{}' as {}, but '{}' gives it as {}", read.field.name, read.field.meaning, from,
                        found->second.meaning));
  }
}

/// Checks the fields that the node reads because of its parameters, for every combination of foreach values.
void GraphReader::check_reads_by_parameter(const GraphNode& node, const std::string& from,
                                           const std::map<std::string, AnyField>& fields) {
  for (const auto& by_parameter : node.kind->reads_by_parameter) {
    const auto value = node.values.find(by_parameter.parameter);
    if (value == node.values.end()) continue;
    std::set<std::string> variables;
    for (const auto& [name, other] : node.values) variables.merge(variables_in(other));
    for (const auto& bindings : combinations(graph_, variables))
      if (const auto parameters = bound_parameters(node, bindings))
        for (const auto& read : by_parameter.reads(*parameters)) check_read(node, value->second, read, from, fields);
  }
}

void GraphReader::check_fields() {
  std::map<std::string, std::map<std::string, AnyField>> fields;
  for (const auto& node : graph_.nodes) {
    if (node.kind->role == Role::task || unclear_.contains(node.name)) continue;
    std::map<std::string, AnyField> result;
    for (const auto& port : node.kind->ports) {
      const auto reference =
          std::find_if(node.from.begin(), node.from.end(), [&](const auto& r) { return r.port == port.name; });
      if (reference == node.from.end()) continue;
      const auto& upstream = fields[reference->node];
      for (const auto& read : port.reads) check_read(node, body_of(node.name)["from"], read, reference->node, upstream);
      if (&port != &node.kind->ports.front()) continue;
      check_reads_by_parameter(node, reference->node, upstream);
      result = upstream;
      for (const auto& read : port.reads)  // what is missing is reported once, not again at every node after this one
        if (!read.optional) result.insert_or_assign(read.field.name, read.field);
    }
    for (const auto& field : node.kind->drops) result.erase(field.name);
    for (const auto& field : node.kind->writes) result.insert_or_assign(field.name, field);
    fields.insert_or_assign(node.name, std::move(result));
  }
}

}  // namespace cfo::engine
