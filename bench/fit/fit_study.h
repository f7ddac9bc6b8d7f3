// How much of a study fits a time: epochs and utterances, chosen by how fast this machine trains.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/graph/graph.h"

namespace cfo::bench {

/// What the detectors of a graph are trained on, a step at a time.
struct TrainingStep {
  std::string detector;
  int64_t batch = 0;    ///< utterances
  int64_t samples = 0;  ///< of each, at 16 kHz
};

/// Wall seconds on this machine, with as many trainings side by side as it has threads.
struct Pace {
  double step = 0;   ///< of one TrainingStep
  double score = 0;  ///< of one utterance
};

/// How much is done, and what that comes to.
struct StudySize {
  int64_t epochs = 0;      ///< of each training
  int64_t utterances = 0;  ///< at most, of each split
  int64_t validated = 0;   ///< at most, of each class, after each epoch; 0: as many as the graph says
  int64_t steps = 0;       ///< of each training
  double seconds = 0;      ///< wall time of the run, estimated
};

/// Fewer steps than these teach a detector little (graphs/quickstart.yaml: the validation EER falls from 44 % to 25 %).
constexpr int64_t steps_to_learn = 96;

/// Of the graph's first node of the kind train. Throws Error when it has none.
TrainingStep training_step(const engine::Graph& graph);

/// Measures for some seconds, `side_by_side` trainings at once.
Pace measure_pace(const TrainingStep& step, int side_by_side);

/// The most utterances, and with them the most epochs, that fit `seconds` on `threads` threads and give every detector
/// its steps_to_learn; where no number of utterances does, nearly as many steps as any. At least one epoch, however
/// long it takes. `file` is a graph, read with `set` (as cfo-run --set). Throws Error as engine::read_graph and
/// make_plan do.
StudySize fit_study(const std::filesystem::path& file, const engine::Registry& registry,
                    const std::vector<std::string>& set, const Pace& pace, double seconds, int threads);

/// The size that a run folder was begun with, from its graph.yaml (`steps` and `seconds` are 0); nothing when it holds
/// no run.
std::optional<StudySize> size_of_run(const std::filesystem::path& run_folder, const engine::Registry& registry);

struct FitRequest {
  std::filesystem::path graph;
  std::vector<std::string> set;      ///< as cfo-run --set
  std::filesystem::path run_folder;  ///< "": runs/NAME, as cfo-run has it
  double minutes = 4;
};

struct FitAnswer {
  std::vector<std::string> settings;  ///< for cfo-run --set
  std::string sentence;               ///< what was chosen and why, for people
};

/// Chooses the size of a study for this machine and this time. A run folder that is begun keeps its size, so that
/// nothing in it is made again because the machine is busier than it was. Throws Error for a graph that is wrong or
/// trains nothing.
FitAnswer fit(const FitRequest& request, const engine::Registry& registry);

/// The size as values for cfo-run --set, for every node that trains or reads a corpus: "speech.limit=192",
/// "cm.epochs=4", "cm.validation_limit=64".
std::vector<std::string> settings_of(const engine::Graph& graph, const StudySize& size);

}  // namespace cfo::bench
