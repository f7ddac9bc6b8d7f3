// AASIST's graph back end for several tasks at once: a graph a task on the same nodes, as in
// ResponsibleGenAI/CodecFake-Source-Tracing w2v2_aasist_baseline/model.py (GraphBranch).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "nodes/networks/detectors/aasist/aasist_graph.h"
#include "nodes/networks/detectors/detector.h"

namespace cfo::detectors {

/// One graph a task under its published branch name; without `branches` the bona fide task alone, its graph's names
/// without a branch.
class TaskGraphs {
 public:
  TaskGraphs(ParameterSet& set, const AasistGraphConfig& config, const std::vector<Task>& branches);
  /// Nodes as AasistGraph. The embeddings of several graphs stand one after the other.
  Output operator()(const at::Tensor& spectral_nodes, const at::Tensor& temporal_nodes, const Pass& pass) const;
  int64_t embedding_size() const;
  std::vector<Task> tasks() const;

 private:
  std::vector<std::pair<Task, AasistGraph>> graphs_;
};

}  // namespace cfo::detectors
