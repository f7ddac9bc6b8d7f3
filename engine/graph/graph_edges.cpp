#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "base/nearest.h"
#include "engine/graph/graph_reader.h"
#include "engine/graph/graph_values.h"

namespace cfo::engine {
namespace {

std::vector<std::string> port_names(const Kind& kind) {
  std::vector<std::string> names;
  for (const auto& port : kind.ports) names.push_back(port.name);
  return names;
}

bool in_flow(const Kind& kind) { return kind.role == Role::source || kind.role == Role::transform; }

}  // namespace

void GraphReader::read_from(GraphNode& node, const YAML::Node& from) {
  const auto& ports = node.kind->ports;
  const YAML::Node body = body_of(node.name);
  if (!from.IsDefined()) {
    for (const auto& port : ports)
      if (!port.optional)
        return problem(body, node.name, fmt::format("needs 'from:' ({})", fmt::join(port_names(*node.kind), ", ")));
    return;
  }
  if (ports.empty()) return problem(from, node.name, fmt::format("{} takes no 'from:'", node.kind->name));
  const bool by_port = from.IsMap() && !from["node"].IsDefined();
  if (by_port) {
    for (const auto& entry : from) {
      const std::string port = entry.first.Scalar();
      const auto names = port_names(*node.kind);
      if (std::find(names.begin(), names.end(), port) == names.end()) {
        problem(entry.first, node.name,
                fmt::format("{} has no input '{}'{}", node.kind->name, port, suggestion(port, names)));
        continue;
      }
      if (entry.second.IsSequence() && node.kind->role == Role::task) {
        for (const auto& one : entry.second) read_reference(node, port, one);
      } else {
        read_reference(node, port, entry.second);
      }
    }
  } else if (from.IsSequence()) {
    std::size_t at = 0;
    for (const auto& one : from) {
      if (node.kind->role == Role::task) {
        read_reference(node, ports[0].name, one);
      } else if (at < ports.size()) {
        read_reference(node, ports[at++].name, one);
      } else {
        problem(one, node.name, fmt::format("{} takes {} input(s)", node.kind->name, ports.size()));
      }
    }
  } else {
    read_reference(node, ports[0].name, from);
  }
  for (const auto& port : ports) {
    const bool given =
        std::any_of(node.from.begin(), node.from.end(), [&](const auto& r) { return r.port == port.name; });
    if (!given && !port.optional && problems_.empty())
      problem(from, node.name, fmt::format("input '{}' of {} is missing", port.name, node.kind->name));
  }
}

void GraphReader::read_reference(GraphNode& node, const std::string& port, const YAML::Node& value) {
  Reference reference{port, "", {}};
  if (value.IsScalar()) {
    reference.node = value.Scalar();
  } else if (value.IsMap() && value["node"].IsScalar()) {
    reference.node = value["node"].Scalar();
    for (const auto& entry : value) {
      const std::string variable = entry.first.Scalar();
      if (variable == "node") continue;
      const auto converted = convert({.name = variable, .type = Type::texts, .summary = ""}, entry.second, {});
      if (const auto* fault = std::get_if<std::string>(&converted)) {
        problem(entry.second, node.name, *fault);
        continue;
      }
      reference.filters[variable] = std::get<std::vector<std::string>>(std::get<Value>(converted));
      for (const auto& used : variables_in(entry.second)) node.variables.insert(used);
    }
    if (node.kind->role != Role::task)
      return problem(value, node.name, "only tasks choose units; write the node's name alone");
  } else {
    return problem(value, node.name, "'from:' names a node, or {node: NAME, VARIABLE: VALUE}");
  }
  node.from.push_back(std::move(reference));
}

void GraphReader::read_needs(GraphNode& node, const YAML::Node& needs) {
  if (!needs.IsDefined()) return;
  const auto converted = convert({.name = "needs", .type = Type::texts, .summary = ""}, needs, {});
  if (const auto* fault = std::get_if<std::string>(&converted)) return problem(needs, node.name, *fault);
  node.needs = std::get<std::vector<std::string>>(std::get<Value>(converted));
}

void GraphReader::check_edges() {
  for (const auto& node : graph_.nodes) {
    for (const auto& reference : node.from) check_edge(node, reference);
    for (const auto& need : node.needs) {
      const GraphNode* task = graph_.find(need);
      if (task == nullptr) {
        if (!bodies_.contains(need))
          problem(body_of(node.name)["needs"], node.name,
                  fmt::format("needs '{}', which is no node{}", need, suggestion(need, node_names())));
      } else if (task->kind->role != Role::task) {
        problem(body_of(node.name)["needs"], node.name,
                fmt::format("needs '{}', which is no task; data comes in through 'from:'", need));
      }
    }
    if (in_flow(*node.kind) && graph_.nodes.size() == bodies_.size()) {
      const bool read = std::any_of(graph_.nodes.begin(), graph_.nodes.end(), [&](const GraphNode& other) {
        return std::any_of(other.from.begin(), other.from.end(),
                           [&](const Reference& r) { return r.node == node.name; });
      });
      if (!read)
        problem(body_of(node.name), node.name,
                "nothing comes from this node; remove it or add a sink (write_shards) after it");
    }
  }
}

void GraphReader::check_edge(const GraphNode& node, const Reference& reference) {
  const GraphNode* other = graph_.find(reference.node);
  const YAML::Node at = body_of(node.name)["from"];
  if (other == nullptr) {
    if (!bodies_.contains(reference.node))  // a node with mistakes of its own is reported there
      problem(
          at, node.name,
          fmt::format("comes from '{}', which is no node{}", reference.node, suggestion(reference.node, node_names())));
    return;
  }
  if (node.kind->role == Role::task && in_flow(*other->kind))
    problem(
        at, node.name,
        fmt::format("is a task and works on finished files; '{}' ({}) writes none, name a sink such as write_shards",
                    other->name, other->kind->name));
  if (node.kind->role != Role::task && !in_flow(*other->kind))
    problem(at, node.name,
            fmt::format("comes from '{}' ({}), which ends the flow; name the node before it", other->name,
                        other->kind->name));
  for (const auto& [variable, values] : reference.filters)
    if (graph_.values_of(variable) == nullptr)
      problem(at, node.name, fmt::format("'{}' is not a foreach variable", variable));
}

void GraphReader::order_nodes() {
  enum class State { unseen, open, done };
  std::map<std::string, State> state;
  std::vector<GraphNode> ordered;
  std::vector<std::string> trail;
  const std::function<void(const GraphNode&)> visit = [&](const GraphNode& node) {
    if (state[node.name] == State::done) return;
    if (state[node.name] == State::open) {
      const auto begin = std::find(trail.begin(), trail.end(), node.name);
      return problem(body_of(node.name), node.name,
                     fmt::format("is part of a cycle: {} -> {}", fmt::join(begin, trail.end(), " -> "), node.name));
    }
    state[node.name] = State::open;
    trail.push_back(node.name);
    for (const auto& reference : node.from) visit(*graph_.find(reference.node));
    for (const auto& need : node.needs) visit(*graph_.find(need));
    trail.pop_back();
    state[node.name] = State::done;
    ordered.push_back(node);
  };
  for (const auto& node : graph_.nodes) visit(node);
  if (problems_.empty()) graph_.nodes = std::move(ordered);
}

void GraphReader::gather_variables() {
  std::map<std::string, std::set<std::string>> sources;
  for (auto& node : graph_.nodes) {
    for (const auto& [name, value] : node.values) node.variables.merge(variables_in(value));
    if (node.kind->role == Role::task) continue;
    if (node.kind->role == Role::source) sources[node.name] = {node.name};
    for (const auto& reference : node.from) {
      const auto& upstream = graph_.find(reference.node)->variables;
      node.variables.insert(upstream.begin(), upstream.end());
      sources[node.name].insert(sources[reference.node].begin(), sources[reference.node].end());
    }
    if (sources[node.name].size() != 1)
      problem(body_of(node.name), node.name,
              fmt::format("must lead back to one source, but leads to {}: items of different sources cannot be joined",
                          fmt::join(sources[node.name], ", ")));
  }
}

void GraphReader::check_fields() {
  std::map<std::string, std::set<std::string>> fields;
  for (const auto& node : graph_.nodes) {
    if (node.kind->role == Role::task) continue;
    std::set<std::string> result;
    for (const auto& port : node.kind->ports) {
      const auto reference =
          std::find_if(node.from.begin(), node.from.end(), [&](const auto& r) { return r.port == port.name; });
      if (reference == node.from.end()) continue;
      const auto& upstream = fields[reference->node];
      for (const auto& field : port.reads)
        if (!upstream.contains(field))
          problem(
              body_of(node.name), node.name,
              fmt::format("reads '{}', but '{}' gives only: {}", field, reference->node, fmt::join(upstream, ", ")));
      if (&port == &node.kind->ports.front()) result = upstream;
    }
    for (const auto& field : node.kind->drops) result.erase(field);
    result.insert(node.kind->writes.begin(), node.kind->writes.end());
    fields[node.name] = std::move(result);
  }
}

}  // namespace cfo::engine
