#include "engine/graph/graph_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/nearest.h"
#include "engine/graph/graph_values.h"
#include "engine/graph/graph_yaml.h"

namespace cfo::engine {
namespace {

std::vector<std::string> names_of(const std::vector<Parameter>& parameters) {
  std::vector<std::string> names;
  for (const auto& parameter : parameters) names.push_back(parameter.name);
  return names;
}

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

/// `value` without line and column: what --set gives is not in the graph's file.
YAML::Node unplaced(const YAML::Node& value) {
  if (value.IsScalar()) return YAML::Node(value.Scalar());
  YAML::Node copy(value.Type());
  if (value.IsSequence())
    for (const auto& entry : value) copy.push_back(unplaced(entry));
  if (value.IsMap())
    for (const auto& entry : value) copy[entry.first.Scalar()] = unplaced(entry.second);
  return copy;
}

/// What is longer than any graph is not read to the end.
std::string read_graph_text(const std::filesystem::path& file) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(file, problem);
  if (!problem && size > longest_graph) return std::string(longest_graph + 1, ' ');
  return read_text(file);
}

YAML::Node default_node(const Value& value) { return YAML::Load(spelled(value)); }

}  // namespace

GraphReader::GraphReader(std::filesystem::path file, const Registry& registry, const GraphOptions& options)
    : registry_(registry), options_(options) {
  graph_.file = std::move(file);
}

void GraphReader::problem(const YAML::Node& at, const std::string& node, std::string message) {
  Problem found{graph_.file.string(), 0, 0, node, std::move(message)};
  if (at.IsDefined() && !at.Mark().is_null()) {
    found.line = at.Mark().line + 1;
    found.column = at.Mark().column + 1;
  }
  const auto same = [&](const Problem& other) {  // a mistake in a block that several nodes share is reported once
    return other.message == found.message && other.line == found.line && other.column == found.column &&
           (found.line > 0 || other.node == found.node);
  };
  if (std::none_of(problems_.begin(), problems_.end(), same)) problems_.push_back(std::move(found));
}

/// Replaces environment variables in the scalars of `value`, in place. Reports one that is not set, and gives false.
bool GraphReader::expand(YAML::Node value, const std::string& node, const std::string& name) {
  bool right = true;
  if (value.IsSequence()) {
    for (auto entry : value) right = expand(entry, node, name) && right;
  } else if (value.IsMap()) {
    for (auto entry : value) right = expand(entry.second, node, name) && right;
  } else if (value.IsScalar()) {
    try {
      if (const std::string text = expand_environment(value.Scalar()); text != value.Scalar()) value = text;
    } catch (const Error& error) {
      problem(value, node, fmt::format("'{}': {}", name, error.what()));
      return false;
    }
  }
  return right;
}

YAML::Node GraphReader::body_of(const std::string& name) const { return bodies_.at(name); }

std::vector<std::string> GraphReader::node_names() const {
  std::vector<std::string> names;
  for (const auto& [name, body] : bodies_) names.push_back(name);
  return names;
}

void GraphReader::load() {
  try {
    root_ = load_yaml(read_graph_text(graph_.file));
  } catch (const YamlFault& fault) {
    problems_.push_back({graph_.file.string(), fault.line, fault.column, "", fault.what()});
    throw GraphError(problems_);
  }
  if (!root_.IsMap()) {
    problem(root_, "",
            "a graph must be a YAML block with name, corpus, foreach and nodes (see graphs/quickstart.yaml)");
    throw GraphError(problems_);
  }
  for (const auto& assignment : options_.set) apply_set(assignment);
}

void GraphReader::apply_set(const std::string& assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    problem({}, "", fmt::format("--set {}: write key=value, e.g. --set seed=1 or --set cm.epochs=3", assignment));
    return;
  }
  std::vector<std::string> path;
  for (std::size_t at = 0; at <= equals;) {
    const auto dot = std::min(assignment.find('.', at), equals);
    path.push_back(assignment.substr(at, dot - at));
    at = dot + 1;
  }
  YAML::Node value;
  try {
    value = unplaced(load_yaml(assignment.substr(equals + 1)));
    if (value.IsNull()) value = YAML::Node("");
  } catch (const YamlFault&) {
    value = YAML::Node(assignment.substr(equals + 1));
  }
  if (!root_[path[0]].IsDefined()) {  // "cm.epochs" is short for "then.cm.epochs"
    for (const auto& block : node_blocks)
      if (path.size() > 1 && root_[block].IsMap() && root_[block][path[0]].IsDefined())
        path.insert(path.begin(), block);
  }
  if (contains(node_blocks, path[0]) &&
      (path.size() < 3 || !root_[path[0]].IsMap() || !root_[path[0]][path[1]].IsDefined())) {
    problem({}, "", fmt::format("--set {}: the graph has no such node; write --set NODE.PARAMETER=value", assignment));
    return;
  }
  YAML::Node at = root_;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) at.reset(at[path[i]]);
  if (at.IsScalar() || at.IsSequence()) {
    problem({}, "",
            fmt::format("--set {}: '{}' is a single value, so it has no '{}'", assignment,
                        fmt::join(path.begin(), path.end() - 1, "."), path.back()));
    return;
  }
  at[path.back()] = value;
}

void GraphReader::read_settings() {
  std::vector<std::string> known = names_of(graph_parameters());
  known.insert(known.end(), {"foreach", "first", "nodes", "then"});
  for (const auto& [name, kind] : registry_.kinds())
    if (!kind.section.empty() && !contains(known, kind.section)) known.push_back(kind.section);
  std::set<std::string> seen;
  for (const auto& entry : root_) {
    const std::string key = entry.first.Scalar();
    if (!contains(known, key)) problem(entry.first, "", fmt::format("unknown key '{}'{}", key, suggestion(key, known)));
    if (!seen.insert(key).second) problem(entry.first, "", fmt::format("'{}' appears twice; keep one of them", key));
  }
  for (const auto& parameter : graph_parameters()) {
    const YAML::Node given = root_[parameter.name];
    if (!given.IsDefined() && !parameter.default_value) {
      problem(root_, "", fmt::format("'{}' is missing: {}", parameter.name, parameter.summary));
      graph_.settings.set(parameter.name, Value("unnamed"));
      continue;
    }
    if (given.IsDefined() && !expand(given, "", parameter.name)) {
      graph_.settings.set(parameter.name, parameter.default_value.value_or(Value("unnamed")));
      continue;
    }
    const auto converted = convert(parameter, given.IsDefined() ? given : default_node(*parameter.default_value), {});
    if (const auto* fault = std::get_if<std::string>(&converted)) {
      problem(given, "", *fault);
      graph_.settings.set(parameter.name, parameter.default_value.value_or(Value("unnamed")));
    } else {
      graph_.settings.set(parameter.name, std::get<Value>(converted));
    }
  }
  if (!options_.device.empty()) graph_.settings.set("device", Value(options_.device));
}

void GraphReader::read_nodes() {
  for (const auto& block : node_blocks) {
    const YAML::Node entries = root_[block];
    if (!entries.IsDefined()) continue;
    if (!entries.IsMap()) {
      problem(entries, "", fmt::format("'{}' must be a block of named nodes", block));
      continue;
    }
    for (const auto& entry : entries) {
      const std::string name = entry.first.Scalar();
      if (!bodies_.emplace(name, entry.second).second) {
        problem(entry.first, name, "another node has this name already; every node needs a name of its own");
      } else {
        read_node(name, entry.second, block);
      }
    }
  }
  if (bodies_.empty()) problem(root_, "", "the graph has no nodes (see graphs/quickstart.yaml)");
}

void GraphReader::read_node(const std::string& name, const YAML::Node& body, const std::string& block) {
  if (!body.IsMap() || !body["kind"].IsDefined() || !body["kind"].IsScalar())
    return problem(body, name, "needs a kind, e.g. {kind: resample, from: speech, rate: 16000}");
  const std::string kind_name = body["kind"].Scalar();
  const Kind* kind = registry_.find(kind_name);
  if (kind == nullptr)
    return problem(body["kind"], name,
                   fmt::format("unknown kind '{}'{}", kind_name, suggestion(kind_name, registry_.names())));
  if ((kind->role == Role::task) != (block != "nodes"))
    return problem(
        body["kind"], name,
        fmt::format("{} is a {}; move it to '{}'", kind_name, kind->role == Role::task ? "task" : "node of the flow",
                    kind->role == Role::task ? "first' or 'then" : "nodes"));
  GraphNode node{.name = name, .kind = kind, .values = {}, .from = {}, .needs = {}, .variables = {}};
  read_parameters(node, body);
  read_from(node, body["from"]);
  read_needs(node, body["needs"]);
  read_optional(node, body["optional"]);
  graph_.nodes.push_back(std::move(node));
}

void GraphReader::read_optional(GraphNode& node, const YAML::Node& optional) {
  if (!optional.IsDefined() || !expand(optional, node.name, "optional")) return;
  const bool is_source = node.kind->role == Role::source;
  if (is_source && optional.IsScalar() && optional.Scalar() == optional_items) {
    node.may_be_empty = true;
    return;
  }
  const auto converted = convert({.name = "optional", .type = Type::boolean, .summary = ""}, optional, {});
  if (const auto* fault = std::get_if<std::string>(&converted)) return problem(optional, node.name, *fault);
  node.optional = std::get<bool>(std::get<Value>(converted));
  node.may_be_empty = node.optional && is_source;
}

void GraphReader::read_parameters(GraphNode& node, const YAML::Node& body) {
  const auto described = all_parameters(*node.kind);
  const YAML::Node section = node.kind->section.empty() ? YAML::Node() : root_[node.kind->section];
  std::vector<std::string> known = names_of(described);
  known.insert(known.end(), {"kind", "from", "needs", "optional"});
  for (const auto* given : {&body, &section}) {
    if (!given->IsMap()) continue;
    for (const auto& entry : *given) {
      const std::string key = entry.first.Scalar();
      if (!contains(known, key))
        problem(entry.first, node.name,
                fmt::format("unknown parameter '{}' of {}{}", key, node.kind->name, suggestion(key, known)));
    }
  }
  for (const auto& parameter : described) {
    const bool own = body[parameter.name].IsDefined();
    if (own || (section.IsMap() && section[parameter.name].IsDefined())) {
      const YAML::Node value = own ? body[parameter.name] : section[parameter.name];
      if (expand(value, node.name, parameter.name)) node.values[parameter.name] = value;
    } else if (parameter.default_value) {
      node.values[parameter.name] = default_node(*parameter.default_value);
    } else {
      problem(body, node.name,
              fmt::format("parameter '{}' is missing: {} ({})", parameter.name, parameter.summary,
                          type_name(parameter.type)));
    }
  }
}

Graph GraphReader::read() {
  load();
  read_settings();
  read_foreach();
  read_nodes();
  check_edges();
  order_nodes();
  gather_variables();
  check_fields();
  check_values();
  check_devices();
  if (!problems_.empty()) {
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](const Problem& a, const Problem& b) { return a.line < b.line; });
    throw GraphError(problems_);
  }
  if (!options_.tolerate) leave_out_lacking();  // a dry run plans them anyway
  resolve();
  return std::move(graph_);
}

Graph read_graph(const std::filesystem::path& file, const Registry& registry, const GraphOptions& options) {
  try {
    return GraphReader(file, registry, options).read();
  } catch (const YAML::Exception& error) {  // a part is of another shape than any that is looked for
    const bool placed = !error.mark.is_null();
    throw GraphError({{file.string(), placed ? error.mark.line + 1 : 0, placed ? error.mark.column + 1 : 0, "",
                       fmt::format("a part of the graph has a shape that nothing has there ({})", error.msg)}});
  }
}

}  // namespace cfo::engine
