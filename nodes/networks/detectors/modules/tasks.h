// What a detector may be asked about an utterance: whether it is bona fide, and, of spoofed speech, what kind of codec
// made it (source tracing). Classes and their weights are those of ResponsibleGenAI/CodecFake-Source-Tracing,
// w2v2_aasist_baseline (train.py, dataset.py).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nodes/networks/detectors/modules/optimiser.h"

namespace cfo::detectors {

enum class Task : int64_t { bona_fide, auxiliary, decoder, quantizer };

/// A task and its classes. Of the tracing tasks, class 0 is bona fide speech.
struct TaskDescription {
  Task task;
  std::string name;                  ///< "binary", "as", "ds", "qs": the published names
  std::string attribute;             ///< "bona_fide", "auxiliary", "decoder", "quantizer": in files and tables
  std::string branch;                ///< of the network: "binary_branch", "multiclass_branch_as", ...
  std::vector<std::string> classes;  ///< in the order of the logits: "bonafide", "spoof", and the words of CFO's cards
  std::vector<double> weights;       ///< of the cross entropy
};

const TaskDescription& describe(Task task);

/// What is known of an utterance; the taxonomy of spoofed speech in the words of the cards ("MVQ", "SEM", "Time"),
/// empty where unknown.
struct Labels {
  bool bona_fide = false;
  std::string quantizer = {}, auxiliary = {}, decoder = {};
};

/// Class of an utterance; none for a word that the task does not know.
std::optional<int64_t> find_class(Task task, const Labels& labels);
/// The same; throws Error for an unknown word.
int64_t class_of(Task task, const Labels& labels);

/// Logits [B, classes] by task.
using TaskLogits = std::map<Task, at::Tensor>;

/// The mean over the tasks of their weighted cross entropies (with equal shares, as published unless weights are
/// learnt). `targets` holds int64 [B] for each task of `logits`; `weights` are those of the bona fide task.
at::Tensor task_loss(const TaskLogits& logits, const std::map<Task, at::Tensor>& targets,
                     const ClassWeights& weights = {});

/// Two logits [B, 2] that order utterances as the published inference does: those of the bona fide task, or, where it
/// is missing, {p, 1 - p} with p the geometric mean over the tasks of the probability that the utterance is spoofed
/// (inference.py).
at::Tensor detection_logits(const TaskLogits& logits);

/// Source-tracing types as published: "s_bin", "s_aux", "s_dec", "s_vq" (one task), "d_aux", "d_dec", "d_vq" (with the
/// bona fide task), "m1" (all four) and "m2" (all but the bona fide one).
struct TracingType {
  std::string name;
  std::vector<Task> tasks;
};
const std::vector<TracingType>& tracing_types();

}  // namespace cfo::detectors
