// What a graph's values come to for every combination of foreach values: their types, what the kinds say of them, and
// what this machine lacks for them.
#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.h"
#include "engine/graph/graph_reader.h"
#include "engine/graph/graph_values.h"

namespace cfo::engine {

/// The node's parameters for `bindings`; nothing when one has no value or the wrong one, which is reported.
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
        problem(body_of(node.name), node.name,
                fmt::format("${} is not a foreach variable{}", variable, suggestion(variable, variable_names())));
        complete = false;
      }
    if (!complete) continue;
    for (const auto& bindings : combinations(graph_, own)) {
      const auto parameters = bound_parameters(node, bindings);
      const bool unusable =
          std::any_of(graph_.unavailable.begin(), graph_.unavailable.end(), [&](const Unavailable& u) {
            return bound(bindings, u.variable) == u.value;  // reported already
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
  for (const auto& sentence : kind.lacks(parameters)) lacks(body_of(node.name), &node, sentence);
}

/// What this machine lacks for `node` (or for the graph as a whole): a note in a dry run, a reason to leave an optional
/// node out, else a mistake.
void GraphReader::lacks(const YAML::Node& at, const GraphNode* node, const std::string& sentence) {
  if (options_.tolerate) {
    graph_.notes.insert(sentence);
  } else if (node != nullptr && node->optional) {
    lacking_.emplace(node->name, sentence);
  } else {
    problem(at, node == nullptr ? "" : node->name, sentence);
  }
}

void GraphReader::check_devices() {
  const YAML::Node written = options_.device.empty() ? root_["device"] : YAML::Node(YAML::NodeType::Undefined);
  check_device(written, nullptr, graph_.settings.text("device"));
  for (const auto& node : graph_.nodes) {
    const auto value = node.values.find("device");
    if (value == node.values.end() || !value->second.IsScalar()) continue;
    for (const auto& bindings : combinations(graph_, variables_in(value->second))) {
      const std::string device = bind_text(value->second.Scalar(), bindings);
      const bool unbound = device.find('$') != std::string::npos;  // reported already
      if (!unbound && device != graph_device) check_device(value->second, &node, device);
    }
  }
}

void GraphReader::check_device(const YAML::Node& at, const GraphNode* node, const std::string& device) {
  const auto& [misspelled, unusable] = registry_.devices();
  if (const std::string fault = misspelled ? misspelled(device) : ""; !fault.empty()) {
    problem(at, node == nullptr ? "" : node->name, fault);
  } else if (const std::string reason = unusable ? unusable(device) : ""; !reason.empty()) {
    lacks(at, node, reason);
  }
}

/// Why `node` has no input once other nodes are left out; "" when it still has some. Removes the edges from those
/// nodes.
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
  for (GraphNode node : all) {  // every node is listed after those that it comes from
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

}  // namespace cfo::engine
