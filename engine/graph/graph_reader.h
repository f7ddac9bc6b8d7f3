// The steps of reading a graph, each adding what it finds wrong to one list.
#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <optional>
#include <set>
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
  void read_nodes();
  void read_node(const std::string& name, const YAML::Node& body, const std::string& block);
  void read_optional(GraphNode& node, const YAML::Node& optional);
  void read_parameters(GraphNode& node, const YAML::Node& body);
  bool expand(YAML::Node value, const std::string& node, const std::string& name);
  // graph_foreach.cpp: what the nodes run over
  void read_foreach();
  std::vector<std::string> own_values(const std::string& variable, const YAML::Node& list);
  std::vector<std::string> same_values(const std::string& variable, const YAML::Node& block);
  void keep_only(const std::string& variable, std::vector<std::string>& values);
  void read_unavailable(const std::string& variable, std::vector<std::string>& values, const YAML::Node& at);
  bool is_unavailable(const std::string& value) const;
  void tell_none_left(const std::string& variable, const YAML::Node& at);
  std::vector<std::string> variable_names() const;
  // graph_edges.cpp: from, needs, order, variables
  void read_from(GraphNode& node, const YAML::Node& from);
  void read_ports(GraphNode& node, const YAML::Node& from);
  void check_ports(const GraphNode& node, const YAML::Node& from);
  void read_reference(GraphNode& node, const std::string& port, const YAML::Node& value);
  void read_needs(GraphNode& node, const YAML::Node& needs);
  void check_edges();
  bool check_edge(const GraphNode& node, const Reference& reference);
  void check_needs(const GraphNode& node);
  void check_is_read(const GraphNode& node);
  void order_nodes();
  void gather_variables();
  // graph_fields.cpp: what flows along the edges
  void check_fields();
  void check_read(const GraphNode& node, const YAML::Node& at, const Read& read, const std::string& from,
                  const std::map<std::string, AnyField>& fields);
  void check_reads_by_parameter(const GraphNode& node, const std::string& from,
                                const std::map<std::string, AnyField>& fields);
  // graph_check.cpp: values for every combination, and what can run here
  void check_values();
  void check_with_kind(const GraphNode& node, const Parameters& parameters);
  void check_devices();
  void check_device(const YAML::Node& at, const GraphNode* node, const std::string& device);
  void lacks(const YAML::Node& at, const GraphNode* node, const std::string& sentence);
  std::optional<Parameters> bound_parameters(const GraphNode& node, const Bindings& bindings);
  std::string cut_edges(GraphNode& node) const;
  void leave_out_lacking();
  // graph_resolve.cpp: the graph as it runs
  void resolve();
  std::string what_is_left_out() const;

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
  /// Nodes with an input that is not known because of a mistake, theirs or of a node before them: they are not checked
  /// further, for what would be found there would only follow from that mistake.
  std::set<std::string> unclear_;
  std::vector<Problem> problems_;
};

}  // namespace cfo::engine
