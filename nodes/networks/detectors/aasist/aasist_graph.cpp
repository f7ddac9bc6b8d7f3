#include "nodes/networks/detectors/aasist/aasist_graph.h"

namespace cfo::detectors {
namespace {

constexpr double branch_dropout = 0.2, embedding_dropout = 0.5;

at::Tensor master_node(ParameterSet& set, const std::string& name, const AasistGraphConfig& config) {
  return set.parameter(config.prefix + name, {1, 1, config.first_graph}, Initial::normal);
}

}  // namespace

at::Tensor peak(const at::Tensor& x, int64_t dimension) { return std::get<0>(at::max(at::abs(x), dimension)); }

AasistGraph::AasistGraph(ParameterSet& set, const AasistGraphConfig& config)
    : prefix_(config.prefix),
      second_graph_(config.second_graph),
      pos_s_(set.parameter(prefix_ + "pos_S", {1, config.spectral_nodes, config.channels}, Initial::normal)),
      master1_(master_node(set, "master1", config)),
      master2_(master_node(set, "master2", config)),
      spectral_(set, prefix_ + "GAT_layer_S", config.channels, config.first_graph, config.temperature_spectral),
      temporal_(set, prefix_ + "GAT_layer_T", config.channels, config.first_graph, config.temperature_temporal),
      pool_spectral_(set, prefix_ + "pool_S", config.first_graph, config.pool_spectral),
      pool_temporal_(set, prefix_ + "pool_T", config.first_graph, config.pool_temporal),
      branch1_(make_branch(set, config, 1, master1_)),
      branch2_(make_branch(set, config, 2, master2_)),
      out_layer_(declare_linear(set, prefix_ + "out_layer", 5 * config.second_graph, config.classes)) {}

AasistGraph::Branch AasistGraph::make_branch(ParameterSet& set, const AasistGraphConfig& config, int index,
                                             const at::Tensor& master) {
  const std::string digit = std::to_string(index), attention = config.prefix + "HtrgGAT_layer_ST" + digit;
  const double temperature = config.temperature_branches;
  return {.master = master,
          .first = {set, attention + "1", config.first_graph, config.second_graph, temperature},
          .second = {set, attention + "2", config.second_graph, config.second_graph, temperature},
          .pool_spectral = {set, config.prefix + "pool_hS" + digit, config.second_graph, config.pool_branches},
          .pool_temporal = {set, config.prefix + "pool_hT" + digit, config.second_graph, config.pool_branches}};
}

HeterogeneousNodes AasistGraph::run_branch(const Branch& branch, const HeterogeneousNodes& nodes, const Pass& pass) {
  HeterogeneousNodes x = branch.first({nodes.first, nodes.second, branch.master}, pass);
  x.second = branch.pool_spectral(x.second, pass);
  x.first = branch.pool_temporal(x.first, pass);
  const HeterogeneousNodes further = branch.second(x, pass);
  return {x.first + further.first, x.second + further.second, x.master + further.master};
}

Output AasistGraph::operator()(const at::Tensor& spectral_nodes, const at::Tensor& temporal_nodes,
                               const Pass& pass) const {
  const at::Tensor pooled_spectral = pool_spectral_(spectral_(spectral_nodes + pos_s_, pass), pass);
  const at::Tensor pooled_temporal = pool_temporal_(temporal_(temporal_nodes, pass), pass);

  const HeterogeneousNodes nodes{pooled_temporal, pooled_spectral, {}};
  const HeterogeneousNodes one = run_branch(branch1_, nodes, pass), two = run_branch(branch2_, nodes, pass);
  // The order of the masks is part of the published behaviour: temporal, spectral, master, each of branch 1, then 2.
  const auto better = [&](const at::Tensor& a, const at::Tensor& b) {
    const at::Tensor dropped = pass.drop(a, branch_dropout, prefix_ + "drop_way");
    return at::maximum(dropped, pass.drop(b, branch_dropout, prefix_ + "drop_way"));
  };
  const at::Tensor time = better(one.first, two.first), frequency = better(one.second, two.second);
  const at::Tensor master = better(one.master, two.master);
  const at::Tensor readout =
      at::cat({peak(time, 1), at::mean(time, 1), peak(frequency, 1), at::mean(frequency, 1), master.squeeze(1)}, 1);
  const at::Tensor embedding = pass.drop(readout, embedding_dropout, prefix_ + "drop");
  return {embedding, out_layer_(embedding), {}};
}

}  // namespace cfo::detectors
