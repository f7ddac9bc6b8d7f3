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

/// Every scalar in `from`: the names of nodes, and the values of filters.
void gather_scalars(const YAML::Node& from, std::set<std::string>& found) {
  if (from.IsScalar()) found.insert(from.Scalar());
  if (from.IsSequence())
    for (const auto& entry : from) gather_scalars(entry, found);
  if (from.IsMap())
    for (const auto& entry : from) gather_scalars(entry.second, found);
}

}  // namespace

void GraphReader::read_from(GraphNode& node, const YAML::Node& from) {
  const auto& ports = node.kind->ports;
  const std::size_t before = problems_.size();
  if (!from.IsDefined()) {
    const bool needed = std::any_of(ports.begin(), ports.end(), [](const Port& port) { return !port.optional; });
    if (needed)
      problem(body_of(node.name), node.name,
              fmt::format("needs 'from:' ({})", fmt::join(port_names(*node.kind), ", ")));
  } else if (ports.empty()) {
    problem(from, node.name, fmt::format("{} has no input, so 'from:' must be removed", node.kind->name));
  } else if (expand(from, node.name, "from")) {
    read_ports(node, from);
    if (problems_.size() == before) check_ports(node, from);
  }
  if (problems_.size() > before) unclear_.insert(node.name);
}

void GraphReader::read_ports(GraphNode& node, const YAML::Node& from) {
  const auto& ports = node.kind->ports;
  const bool is_task = node.kind->role == Role::task;
  if (from.IsMap() && !from["node"].IsDefined()) {
    for (const auto& entry : from) {
      const std::string port = entry.first.Scalar();
      const auto names = port_names(*node.kind);
      if (std::find(names.begin(), names.end(), port) == names.end()) {
        problem(entry.first, node.name,
                fmt::format("{} has no input '{}'{}", node.kind->name, port, suggestion(port, names)));
      } else if (entry.second.IsSequence() && is_task) {
        for (const auto& one : entry.second) read_reference(node, port, one);
      } else {
        read_reference(node, port, entry.second);
      }
    }
  } else if (from.IsSequence()) {
    std::size_t at = 0;
    for (const auto& one : from) {
      if (is_task) {
        read_reference(node, ports[0].name, one);
      } else if (at < ports.size()) {
        read_reference(node, ports[at++].name, one);
      } else {
        problem(one, node.name,
                fmt::format("{} has only {} input{}; remove this one", node.kind->name, ports.size(),
                            ports.size() == 1 ? "" : "s"));
      }
    }
  } else {
    read_reference(node, ports[0].name, from);
  }
}

/// Whether every input that the node must have is there.
void GraphReader::check_ports(const GraphNode& node, const YAML::Node& from) {
  for (const auto& port : node.kind->ports) {
    const bool given =
        std::any_of(node.from.begin(), node.from.end(), [&](const auto& r) { return r.port == port.name; });
    if (!given && !port.optional)
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
      return problem(value, node.name,
                     "only tasks can filter their input by foreach values; write just the node's name");
  } else {
    return problem(value, node.name, "'from:' must name a node, or be {node: NAME, VARIABLE: VALUE}");
  }
  node.from.push_back(std::move(reference));
}

void GraphReader::read_needs(GraphNode& node, const YAML::Node& needs) {
  if (!needs.IsDefined() || !expand(needs, node.name, "needs")) return;
  const auto converted = convert({.name = "needs", .type = Type::texts, .summary = ""}, needs, {});
  if (const auto* fault = std::get_if<std::string>(&converted)) return problem(needs, node.name, *fault);
  node.needs = std::get<std::vector<std::string>>(std::get<Value>(converted));
}

void GraphReader::check_edges() {
  for (auto& node : graph_.nodes) {
    const auto wrong =
        std::erase_if(node.from, [&](const Reference& reference) { return !check_edge(node, reference); });
    if (wrong > 0) unclear_.insert(node.name);
    check_needs(node);
    if (in_flow(*node.kind)) check_is_read(node);
  }
}

void GraphReader::check_needs(const GraphNode& node) {
  for (const auto& need : node.needs) {
    const GraphNode* task = graph_.find(need);
    if (task == nullptr) {
      if (!bodies_.contains(need))  // a node with mistakes of its own is reported there
        problem(body_of(node.name)["needs"], node.name,
                fmt::format("needs '{}', but there is no such node{}", need, suggestion(need, node_names())));
    } else if (task->kind->role != Role::task) {
      problem(body_of(node.name)["needs"], node.name,
              fmt::format("needs '{}', which is not a task; name a node whose data is used in 'from:' instead", need));
    }
  }
}

/// Reports a node whose result nobody uses. A node that any 'from:' names counts as used, even where that 'from:' is
/// wrong in another way; so does the node whose name a misspelled one is nearest to.
void GraphReader::check_is_read(const GraphNode& node) {
  std::set<std::string> named;
  for (const auto& [name, body] : bodies_)
    if (name != node.name && body.IsMap() && body["from"].IsDefined()) gather_scalars(body["from"], named);
  const auto names = node_names();
  const bool read = std::any_of(named.begin(), named.end(), [&](const std::string& name) {
    return name == node.name || (!bodies_.contains(name) && nearest(name, names) == node.name);
  });
  if (!read)
    problem(body_of(node.name), node.name,
            "no other node uses this one; remove it, or add a sink (write_shards) after it");
}

/// False when the edge is wrong, so that nothing is known of what comes along it.
bool GraphReader::check_edge(const GraphNode& node, const Reference& reference) {
  const GraphNode* other = graph_.find(reference.node);
  const YAML::Node at = body_of(node.name)["from"];
  const std::size_t before = problems_.size();
  if (other == nullptr) {
    if (!bodies_.contains(reference.node))  // a node with mistakes of its own is reported there
      problem(at, node.name,
              fmt::format("comes from '{}', but there is no such node{}", reference.node,
                          suggestion(reference.node, node_names())));
    return false;
  }
  const bool is_task = node.kind->role == Role::task;
  if (is_task && in_flow(*other->kind))
    problem(
        at, node.name,
        fmt::format(
            "is a task, which works on finished files, but '{}' ({}) writes no file; name a sink such as write_shards",
            other->name, other->kind->name));
  if (!is_task && !in_flow(*other->kind))
    problem(at, node.name,
            fmt::format("comes from '{}' ({}), which nothing can follow; name the node before it", other->name,
                        other->kind->name));
  for (const auto& [variable, values] : reference.filters)
    if (graph_.values_of(variable) == nullptr)
      problem(at, node.name,
              fmt::format("'{}' is not a foreach variable{}", variable, suggestion(variable, variable_names())));
  return problems_.size() == before;
}

/// Puts every node after those that it comes from and needs. The nodes of a cycle are in no particular order.
void GraphReader::order_nodes() {
  enum class State { unseen, open, done };
  std::map<std::string, State> state;
  std::vector<GraphNode> ordered;
  std::vector<std::string> trail;
  const std::function<void(const std::string&)> visit = [&](const std::string& name) {
    const GraphNode* node = graph_.find(name);
    if (node == nullptr || state[name] == State::done) return;
    if (state[name] == State::open) {
      const auto begin = std::find(trail.begin(), trail.end(), name);
      unclear_.insert(begin, trail.end());
      return problem(body_of(name), name,
                     fmt::format("is part of a cycle: {} -> {}", fmt::join(begin, trail.end(), " -> "), name));
    }
    state[name] = State::open;
    trail.push_back(name);
    for (const auto& reference : node->from) visit(reference.node);
    for (const auto& need : node->needs) visit(need);
    trail.pop_back();
    state[name] = State::done;
    ordered.push_back(*node);
  };
  for (const auto& node : graph_.nodes) visit(node.name);
  graph_.nodes = std::move(ordered);
}

void GraphReader::gather_variables() {
  std::map<std::string, std::set<std::string>> sources;
  for (auto& node : graph_.nodes) {
    for (const auto& [name, value] : node.values) node.variables.merge(variables_in(value));
    if (node.kind->role == Role::task) continue;
    auto& own = sources[node.name];
    if (node.kind->role == Role::source) own = {node.name};
    for (const auto& reference : node.from) {
      const GraphNode* upstream = graph_.find(reference.node);
      if (upstream == nullptr || unclear_.contains(reference.node)) {
        unclear_.insert(node.name);
        continue;
      }
      node.variables.insert(upstream->variables.begin(), upstream->variables.end());
      own.insert(sources[reference.node].begin(), sources[reference.node].end());
    }
    if (own.size() == 1 || unclear_.contains(node.name)) continue;
    unclear_.insert(node.name);
    problem(body_of(node.name), node.name,
            fmt::format(
                "must come from one source in the end, but comes from {}: items of different sources cannot be joined",
                fmt::join(own, ", ")));
  }
}

}  // namespace cfo::engine
