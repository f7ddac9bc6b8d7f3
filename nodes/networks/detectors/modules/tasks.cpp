#include "nodes/networks/detectors/modules/tasks.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "base/nearest.h"

namespace cfo::detectors {
namespace {

const std::string& word_of(Task task, const Labels& labels) {
  switch (task) {
    case Task::auxiliary:
      return labels.auxiliary;
    case Task::decoder:
      return labels.decoder;
    default:
      return labels.quantizer;
  }
}

}  // namespace

const TaskDescription& describe(Task task) {
  static const std::array<TaskDescription, 4> tasks = {{
      {Task::bona_fide, "binary", "bona_fide", "binary_branch", {"spoof", "bonafide"}, {0.1, 0.9}},
      {Task::auxiliary,
       "as",
       "auxiliary",
       "multiclass_branch_as",
       {"bonafide", "None", "SEM", "Disent"},
       {0.1, 0.3, 0.3, 0.3}},
      {Task::decoder, "ds", "decoder", "multiclass_branch_ds", {"bonafide", "Time", "Freq"}, {0.1, 0.45, 0.45}},
      {Task::quantizer,
       "qs",
       "quantizer",
       "multiclass_branch_qs",
       {"bonafide", "MVQ", "SVQ", "SQ"},
       {0.1, 0.3, 0.3, 0.3}},
  }};
  return tasks.at(static_cast<std::size_t>(task));
}

std::optional<int64_t> find_class(Task task, const Labels& labels) {
  if (task == Task::bona_fide) return labels.bona_fide ? bona_fide_class : spoof_class;
  if (labels.bona_fide) return 0;
  const auto& classes = describe(task).classes;
  const auto found = std::find(classes.begin() + 1, classes.end(), word_of(task, labels));
  return found == classes.end() ? std::nullopt : std::optional<int64_t>(found - classes.begin());
}

int64_t class_of(Task task, const Labels& labels) {
  const auto found = find_class(task, labels);
  if (found) return *found;
  const auto& classes = describe(task).classes;
  const std::string& word = word_of(task, labels);
  const std::vector<std::string> known(classes.begin() + 1, classes.end());
  throw Error("source tracing ({}): '{}' is no class of spoofed speech{}; the shard's codec needs it in its card",
              describe(task).name, word, suggestion(word, known));
}

at::Tensor task_loss(const TaskLogits& logits, const std::map<Task, at::Tensor>& targets, const ClassWeights& weights) {
  at::Tensor sum;
  for (const auto& [task, of_task] : logits) {
    const auto class_weights =
        task == Task::bona_fide ? std::vector<double>{weights.spoof, weights.bona_fide} : describe(task).weights;
    const at::Tensor loss = weighted_cross_entropy(of_task.to(at::kFloat), targets.at(task), class_weights);
    sum = sum.defined() ? sum + loss : loss;
  }
  return logits.size() == 1 ? sum : sum / static_cast<double>(logits.size());
}

at::Tensor detection_logits(const TaskLogits& logits) {
  if (const auto found = logits.find(Task::bona_fide); found != logits.end()) return found->second;
  at::Tensor product;
  for (const auto& [task, of_task] : logits) {
    const at::Tensor spoofed = at::softmax(of_task, 1).slice(1, 1).sum(1);
    product = product.defined() ? product * spoofed : spoofed;
  }
  const at::Tensor spoofed = product.pow(1.0 / static_cast<double>(logits.size()));
  return at::stack({spoofed, 1 - spoofed}, 1);
}

const std::vector<TracingType>& tracing_types() {
  static const std::vector<TracingType> types = {
      {"s_bin", {Task::bona_fide}},
      {"s_aux", {Task::auxiliary}},
      {"s_dec", {Task::decoder}},
      {"s_vq", {Task::quantizer}},
      {"d_aux", {Task::bona_fide, Task::auxiliary}},
      {"d_dec", {Task::bona_fide, Task::decoder}},
      {"d_vq", {Task::bona_fide, Task::quantizer}},
      {"m1", {Task::bona_fide, Task::auxiliary, Task::decoder, Task::quantizer}},
      {"m2", {Task::auxiliary, Task::decoder, Task::quantizer}},
  };
  return types;
}

}  // namespace cfo::detectors
