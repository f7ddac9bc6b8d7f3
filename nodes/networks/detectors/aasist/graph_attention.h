// Graph layers of AASIST: attention over one kind of node, over two kinds with a master node, and node pooling.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "nodes/networks/detectors/modules/modules.h"

namespace cfo::detectors {

/// Graph attention over nodes of one kind (Jung et al. 2022, section 2.2; clovaai/aasist models/AASIST.py
/// GraphAttentionLayer). [B, N, in] -> [B, N, out]; input dropout 0.2, batch norm, SELU.
class GraphAttention {
 public:
  GraphAttention(ParameterSet& set, const std::string& name, int64_t in, int64_t out, double temperature);
  at::Tensor operator()(const at::Tensor& nodes, const Pass& pass) const;

 private:
  std::string name_;
  at::Tensor att_weight_;
  layers::Linear att_proj_, proj_with_att_, proj_without_att_;
  BatchNorm bn_;
  double temperature_;
};

/// What the heterogeneous layer takes and gives: two kinds of nodes and the master node.
struct HeterogeneousNodes {
  at::Tensor first;   ///< [B, N1, D]
  at::Tensor second;  ///< [B, N2, D]
  at::Tensor master;  ///< [B or 1, 1, D]
};

/// Heterogeneous stacking graph attention (section 3.1; HtrgGraphAttentionLayer): N1 + N2 nodes attend to one another
/// with a weight vector for each pairing of kinds; the master node gathers from all and is neither normed nor
/// activated.
class HeterogeneousAttention {
 public:
  HeterogeneousAttention(ParameterSet& set, const std::string& name, int64_t in, int64_t out, double temperature);
  HeterogeneousNodes operator()(const HeterogeneousNodes& nodes, const Pass& pass) const;

 private:
  at::Tensor attention(const at::Tensor& x, int64_t first_nodes) const;
  at::Tensor update_master(const at::Tensor& x, const at::Tensor& master) const;

  std::string name_;
  at::Tensor att_weight11_, att_weight22_, att_weight12_, att_weight_master_;
  layers::Linear proj_type1_, proj_type2_, att_proj_, att_proj_master_;
  layers::Linear proj_with_att_, proj_without_att_, proj_with_att_master_, proj_without_att_master_;
  BatchNorm bn_;
  double temperature_;
};

/// Keeps the max(int(N * ratio), 1) best-scored nodes, scaled by their scores, best first (GraphPool). Score dropout
/// 0.3.
class GraphPool {
 public:
  GraphPool(ParameterSet& set, const std::string& name, int64_t dimension, double ratio);
  at::Tensor operator()(const at::Tensor& nodes, const Pass& pass) const;

 private:
  std::string name_;
  layers::Linear proj_;
  double ratio_;
};

}  // namespace cfo::detectors
