#include "nodes/networks/detectors/aasist/task_graphs.h"

namespace cfo::detectors {

TaskGraphs::TaskGraphs(ParameterSet& set, const AasistGraphConfig& config, const std::vector<Task>& branches) {
  if (branches.empty()) graphs_.emplace_back(Task::bona_fide, AasistGraph(set, config));
  for (const auto task : branches) {
    AasistGraphConfig graph = config;
    graph.prefix = describe(task).branch + ".";
    graph.classes = static_cast<int64_t>(describe(task).classes.size());
    graphs_.emplace_back(task, AasistGraph(set, graph));
  }
}

int64_t TaskGraphs::embedding_size() const {
  return static_cast<int64_t>(graphs_.size()) * graphs_.front().second.embedding_size();
}

std::vector<Task> TaskGraphs::tasks() const {
  std::vector<Task> tasks;
  for (const auto& [task, graph] : graphs_) tasks.push_back(task);
  return tasks;
}

Output TaskGraphs::operator()(const at::Tensor& spectral_nodes, const at::Tensor& temporal_nodes,
                              const Pass& pass) const {
  Output output;
  std::vector<at::Tensor> embeddings;
  for (const auto& [task, graph] : graphs_) {
    const Output of_task = graph(spectral_nodes, temporal_nodes, pass);
    embeddings.push_back(of_task.embedding);
    output.tasks.emplace(task, of_task.logits);
  }
  output.embedding = embeddings.size() == 1 ? embeddings.front() : at::cat(embeddings, 1);
  output.logits = detection_logits(output.tasks);
  return output;
}

}  // namespace cfo::detectors
