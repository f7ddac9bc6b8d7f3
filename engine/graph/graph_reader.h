// The steps of reading a graph, each adding what it finds wrong to one list.
#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/graph/graph.h"

namespace cfo::engine {

/// The blocks of a graph file that hold nodes.
inline const std::vector<std::string> node_blocks = {"first", "nodes", "then"};

/// Reads one graph file; see read_graph. Internal to the engine.
class GraphReader {
 public:
  GraphReader(std::filesystem::path file, const Registry& registry, const GraphOptions& options);
  Graph read();

 private:
  // graph_reader.cpp: the file and its blocks
  void load();
  void apply_set(const std::string& assignment);
  void read_settings();
  void read_foreach();
  void read_unavailable(const std::string& variable, std::vector<std::string>& values, const YAML::Node& at);
  void read_nodes();
  void read_node(const std::string& name, const YAML::Node& body, const std::string& block);
  void read_optional(GraphNode& node, const YAML::Node& optional);
  void read_parameters(GraphNode& node, const YAML::Node& body);
  // graph_edges.cpp: from, needs, order, variables, fields
  void read_from(GraphNode& node, const YAML::Node& from);
  void read_reference(GraphNode& node, const std::string& port, const YAML::Node& value);
  void read_needs(GraphNode& node, const YAML::Node& needs);
  void check_edges();
  void check_edge(const GraphNode& node, const Reference& reference);
  void order_nodes();
  void gather_variables();
  void check_fields();
  // graph_check.cpp: values for every combination, the resolved text, and what can run here
  void check_values();
  void check_with_kind(const GraphNode& node, const Parameters& parameters);
  std::optional<Parameters> bound_parameters(const GraphNode& node, const Bindings& bindings);
  void resolve();
  std::string cut_edges(GraphNode& node) const;
  void leave_out_lacking();

  void problem(const YAML::Node& at, const std::string& node, std::string message);
  YAML::Node body_of(const std::string& name) const;
  std::vector<std::string> node_names() const;

  const Registry& registry_;
  const GraphOptions& options_;
  Graph graph_;
  YAML::Node root_;
  std::map<std::string, YAML::Node> bodies_;                           ///< node name -> its block
  std::map<std::string, std::vector<std::string>> requested_foreach_;  ///< before --only and availability
  std::map<std::string, std::string> lacking_;                         ///< optional nodes that cannot run here, and why
  std::vector<Problem> problems_;
};

}  // namespace cfo::engine
