// The graph as it runs, written as a graph file that makes the same units on any machine.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/digest.h"
#include "engine/graph/graph_reader.h"
#include "engine/graph/graph_values.h"

namespace cfo::engine {
namespace {

/// A list of one element is written as that element.
void emit_texts(YAML::Emitter& out, const std::vector<std::string>& texts) {
  if (texts.size() == 1) {
    out << texts.front();
  } else {
    out << YAML::Flow << texts;
  }
}

void emit_reference(YAML::Emitter& out, const Reference& reference) {
  if (reference.filters.empty()) {
    out << reference.node;
    return;
  }
  out << YAML::Flow << YAML::BeginMap << YAML::Key << "node" << YAML::Value << reference.node;
  for (const auto& [variable, values] : reference.filters) {
    out << YAML::Key << variable << YAML::Value;
    emit_texts(out, values);
  }
  out << YAML::EndMap;
}

/// Port by port, in the order of the node's references.
void emit_from(YAML::Emitter& out, const GraphNode& node) {
  if (node.from.empty()) return;
  out << YAML::Key << "from" << YAML::Value << YAML::Flow << YAML::BeginMap;
  for (std::size_t first = 0; first < node.from.size();) {
    const std::string& port = node.from[first].port;
    std::size_t last = first;
    while (last < node.from.size() && node.from[last].port == port) ++last;
    out << YAML::Key << port << YAML::Value;
    if (last - first > 1) out << YAML::Flow << YAML::BeginSeq;
    for (std::size_t i = first; i < last; ++i) emit_reference(out, node.from[i]);
    if (last - first > 1) out << YAML::EndSeq;
    first = last;
  }
  out << YAML::EndMap;
}

void emit_node(YAML::Emitter& out, const GraphNode& node) {
  out << YAML::Key << node.name << YAML::Value << YAML::BeginMap;
  out << YAML::Key << "kind" << YAML::Value << node.kind->name;
  emit_from(out, node);
  if (!node.needs.empty()) {
    out << YAML::Key << "needs" << YAML::Value;
    emit_texts(out, node.needs);
  }
  if (node.may_be_empty) out << YAML::Key << "optional" << YAML::Value << optional_items;
  for (const auto& parameter : all_parameters(*node.kind))
    out << YAML::Key << parameter.name << YAML::Value << YAML::Flow << node.values.at(parameter.name);
  out << YAML::EndMap;
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

/// Comment lines that say what the graph asked for and does not run.
std::string GraphReader::what_is_left_out() const {
  std::string text;
  for (const auto& [variable, values] : graph_.foreach)
    if (const auto all = requested_foreach_.find(variable); all != requested_foreach_.end() && all->second != values)
      text += fmt::format("# {} was: {}\n", variable, one_line(fmt::format("{}", fmt::join(all->second, ", "))));
  for (const auto& value : graph_.unavailable)
    text += fmt::format("# without {} {}: {}\n", value.variable, value.value, one_line(value.reason));
  for (const auto& node : graph_.left_out)
    text += fmt::format("# without node '{}': {}\n", node.node, one_line(node.reason));
  return text;
}

void GraphReader::resolve() {
  YAML::Emitter out;
  out << YAML::BeginMap;
  for (const auto& parameter : graph_parameters()) {
    // What cannot be used on this machine is left out already. Where the graph is read again, nothing may be left out.
    Value value = parameter.name == "missing" ? Value("error") : graph_.settings.all().find(parameter.name)->second;
    if (auto* text = std::get_if<std::string>(&value)) *text = with_plain_dollars(*text);
    out << YAML::Key << parameter.name << YAML::Value << YAML::Load(spelled(value));
  }
  if (!graph_.foreach.empty()) {
    out << YAML::Key << "foreach" << YAML::Value << YAML::BeginMap;
    for (const auto& [variable, values] : graph_.foreach)
      out << YAML::Key << variable << YAML::Value << YAML::Flow << values;
    out << YAML::EndMap;
  }
  for (const auto& block : node_blocks) {
    const YAML::Node written = root_[block];
    const auto in_block = [&](const GraphNode& node) { return written.IsMap() && written[node.name].IsDefined(); };
    if (std::none_of(graph_.nodes.begin(), graph_.nodes.end(), in_block)) continue;
    out << YAML::Key << block << YAML::Value << YAML::BeginMap;
    for (const auto& node : graph_.nodes)
      if (in_block(node)) emit_node(out, node);
    out << YAML::EndMap;
  }
  out << YAML::EndMap;
  const std::string body = std::string(out.c_str()) + "\n";
  graph_.resolved = what_is_left_out() + body;
  graph_.digest = digest_of(body);
}

}  // namespace cfo::engine
