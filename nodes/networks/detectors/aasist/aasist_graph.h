// The graph attention back end that AASIST and W2V2-AASIST share; names and numbers of clovaai/aasist models/AASIST.py.
#pragma once

#include <string>

#include "nodes/networks/detectors/aasist/graph_attention.h"
#include "nodes/networks/detectors/detector.h"

namespace cfo::detectors {

/// Everything behind the encoder.
struct AasistGraphConfig {
  int64_t channels = 64;        ///< of the encoder's output
  int64_t first_graph = 64;     ///< gat_dims[0]
  int64_t second_graph = 32;    ///< gat_dims[1]
  int64_t spectral_nodes = 23;  ///< rows of the encoder's output
  double pool_spectral = 0.5;   ///< pool_ratios[0]
  double pool_temporal = 0.7;   ///< pool_ratios[1]
  double pool_branches = 0.5;   ///< pool_ratios[2]; the published code leaves [3] unused
  double temperature_spectral = 2.0, temperature_temporal = 2.0, temperature_branches = 100.0;
  std::string prefix = {};  ///< before every name, with its dot
  int64_t classes = 2;      ///< of out_layer
};

/// Largest magnitude along a dimension; among equals the first one gets the gradient.
at::Tensor peak(const at::Tensor& x, int64_t dimension);

/// The graph back end: spectral nodes [B, F, C] and temporal nodes [B, T, C] -> embedding and logits [B, classes].
class AasistGraph {
 public:
  AasistGraph(ParameterSet& set, const AasistGraphConfig& config);
  Output operator()(const at::Tensor& spectral_nodes, const at::Tensor& temporal_nodes, const Pass& pass) const;
  int64_t embedding_size() const { return 5 * second_graph_; }

 private:
  struct Branch {
    at::Tensor master;
    HeterogeneousAttention first, second;
    GraphPool pool_spectral, pool_temporal;
  };
  static Branch make_branch(ParameterSet& set, const AasistGraphConfig& config, int index, const at::Tensor& master);
  static HeterogeneousNodes run_branch(const Branch& branch, const HeterogeneousNodes& nodes, const Pass& pass);

  std::string prefix_;
  int64_t second_graph_;
  at::Tensor pos_s_, master1_, master2_;
  GraphAttention spectral_, temporal_;
  GraphPool pool_spectral_, pool_temporal_;
  Branch branch1_, branch2_;
  layers::Linear out_layer_;
};

}  // namespace cfo::detectors
