// Source tracing: how well detectors tell quantizer, auxiliary objective and decoder of the codec behind an utterance,
// from the prediction files of a run (predictions/<model>/<test>.txt).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nodes/networks/metrics/confusion.h"
#include "nodes/report/gather/models.h"
#include "nodes/report/gather/remarks.h"

namespace cfo::report {

/// What a result is over: one test set, or several collected, each kind with the bona fide speech that goes with it.
enum class TracedSets { seen, unseen, generated, one };

/// One detector and task over some test sets. Utterances whose true class is not known are left out.
struct TracingResult {
  std::string model, task;  ///< task as in the prediction files
  TracedSets sets = TracedSets::one;
  std::vector<std::string> tests;  ///< without "bonafide" where several are collected
  std::vector<std::string> files;  ///< below the run folder
  std::vector<std::string> classes;
  metrics::Confusion confusion;  ///< over `classes`
};

struct Tracing {
  std::vector<TracingResult> results;  ///< by model and task: collected sets, then each set in the report's order
  Remarks remarks;
  bool empty() const { return results.empty(); }
};

/// Of the detectors that have a tracing task, all tasks. A true class that the file does not tell is that of the
/// codec's card, or of the generator's (generators.yaml). `models` tell on which codecs a detector was trained: those
/// are seen.
Tracing gather_tracing(const storage::FinishedFiles& files, const std::vector<ModelFacts>& models);

/// "codecs of its training", "other codecs", "generators", or the set's label.
std::string sets_text(const TracingResult& result);

}  // namespace cfo::report
