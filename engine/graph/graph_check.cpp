// What a graph's values come to for every combination of foreach values: their types, what the kinds say of them, what
// this machine lacks for them, and the resolved text.
#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/nearest.h"
#include "engine/graph/graph_reader.h"
#include "engine/graph/graph_values.h"

namespace cfo::engine {

/// The node's parameters for `bindings`; nothing when one has no value or the wrong one, which is told.
std::optional<Parameters> GraphReader::bound_parameters(const GraphNode& node, const Bindings& bindings) {
  Parameters parameters;
  bool right = true;
  for (const auto& parameter : all_parameters(*node.kind)) {
    const auto value = node.values.find(parameter.name);
    if (value == node.values.end()) {
      right = false;
      continue;
    }
    const auto converted = convert(parameter, value->second, bindings);
    if (const auto* fault = std::get_if<std::string>(&converted)) {
      problem(value->second, node.name, *fault);
      right = false;
    } else {
      parameters.set(parameter.name, std::get<Value>(converted));
    }
  }
  return right ? std::optional(std::move(parameters)) : std::nullopt;
}

void GraphReader::check_values() {
  for (const auto& node : graph_.nodes) {
    std::set<std::string> own;
    for (const auto& [name, value] : node.values) own.merge(variables_in(value));
    bool complete = true;
    for (const auto& variable : own)
      if (graph_.values_of(variable) == nullptr) {
        std::vector<std::string> known;
        for (const auto& [name, list] : graph_.foreach) known.push_back(name);
        problem(body_of(node.name), node.name,
                fmt::format("${} is not a foreach variable{}", variable, suggestion(variable, known)));
        complete = false;
      }
    if (!complete) continue;
    for (const auto& bindings : combinations(graph_, own)) {
      const auto parameters = bound_parameters(node, bindings);
      const bool unusable =
          std::any_of(graph_.unavailable.begin(), graph_.unavailable.end(), [&](const Unavailable& u) {
            return bound(bindings, u.variable) == u.value;  // told already
          });
      if (parameters && !unusable) check_with_kind(node, *parameters);
    }
  }
}

void GraphReader::check_with_kind(const GraphNode& node, const Parameters& parameters) {
  const Kind& kind = *node.kind;
  if (kind.check)
    for (const auto& sentence : kind.check(parameters)) problem(body_of(node.name), node.name, sentence);
  if (!kind.lacks) return;
  for (const auto& sentence : kind.lacks(parameters)) {
    if (options_.tolerate) {
      graph_.notes.insert(sentence);
    } else if (node.optional) {
      lacking_.emplace(node.name, sentence);
    } else {
      problem(body_of(node.name), node.name, sentence);
    }
  }
}

/// Why `node` has nothing to work on once others are left out; "" when it has. Takes their edges away.
std::string GraphReader::cut_edges(GraphNode& node) const {
  const auto gone = [&](const std::string& name) { return graph_.find(name) == nullptr; };
  for (const auto& need : node.needs)
    if (gone(need)) return fmt::format("needs '{}'", need);
  for (const auto& port : node.kind->ports) {
    const auto of_port = [&](const Reference& reference) { return reference.port == port.name; };
    const auto first = std::find_if(node.from.begin(), node.from.end(), of_port);
    if (first == node.from.end()) continue;
    const std::string name = first->node;
    std::erase_if(node.from, [&](const auto& reference) { return of_port(reference) && gone(reference.node); });
    if (!port.optional && std::none_of(node.from.begin(), node.from.end(), of_port))
      return fmt::format("comes from '{}'", name);
  }
  return "";
}

void GraphReader::leave_out_lacking() {
  const std::vector<GraphNode> all = std::move(graph_.nodes);
  graph_.nodes.clear();
  bool makes_something = false;
  for (GraphNode node : all) {  // every node stands after those that it comes from
    const auto lacking = lacking_.find(node.name);
    const std::string reason = lacking != lacking_.end() ? lacking->second : cut_edges(node);
    if (!reason.empty()) {
      graph_.left_out.push_back({node.name, reason});
      continue;
    }
    makes_something = makes_something || !node.kind->outputs.empty();
    graph_.nodes.push_back(std::move(node));
  }
  if (makes_something) return;
  for (const auto& [name, reason] : lacking_) problem(body_of(name), name, reason);
  throw GraphError(problems_);
}

void GraphReader::resolve() {
  YAML::Emitter out;
  out << YAML::BeginMap;
  for (const auto& parameter : graph_parameters())
    out << YAML::Key << parameter.name << YAML::Value
        << YAML::Load(spelled(graph_.settings.all().find(parameter.name)->second));
  if (root_["foreach"].IsDefined()) {
    out << YAML::Key << "foreach" << YAML::Value << YAML::BeginMap;
    for (const auto& [variable, values] : graph_.foreach) {
      const auto requested = requested_foreach_.find(variable);
      out << YAML::Key << variable << YAML::Value << YAML::Flow
          << (requested != requested_foreach_.end() ? requested->second : values);
    }
    out << YAML::EndMap;
  }
  for (const auto& block : node_blocks) {
    if (!root_[block].IsMap()) continue;
    out << YAML::Key << block << YAML::Value << YAML::BeginMap;
    for (const auto& entry : root_[block]) {
      const GraphNode* node = graph_.find(entry.first.Scalar());
      out << YAML::Key << node->name << YAML::Value << YAML::BeginMap;
      out << YAML::Key << "kind" << YAML::Value << node->kind->name;
      if (entry.second["from"].IsDefined())
        out << YAML::Key << "from" << YAML::Value << YAML::Flow << entry.second["from"];
      if (entry.second["needs"].IsDefined())
        out << YAML::Key << "needs" << YAML::Value << YAML::Flow << entry.second["needs"];
      if (node->optional) out << YAML::Key << "optional" << YAML::Value << true;
      for (const auto& parameter : all_parameters(*node->kind))
        out << YAML::Key << parameter.name << YAML::Value << YAML::Flow << node->values.at(parameter.name);
      out << YAML::EndMap;
    }
    out << YAML::EndMap;
  }
  out << YAML::EndMap;
  graph_.resolved = std::string(out.c_str()) + "\n";
  graph_.digest = digest_of(graph_.resolved);
}

}  // namespace cfo::engine
