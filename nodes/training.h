// Training a countermeasure as the official recipe does (clovaai/aasist main.py): seeded, with model selection by validation EER, and able to
// go on from any step with the same result.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "engine/kind.h"
#include "nodes/detectors/detector.h"
#include "nodes/detectors/optimiser.h"
#include "nodes/labelled_speech.h"

namespace cfo::nodes {

struct TrainingSettings {
  std::string detector = "aasist";
  int64_t epochs = 100;
  int64_t batch = 24;
  double learning_rate = 1e-4;
  detectors::AdamSettings adam = {};
  detectors::Schedule schedule = detectors::Schedule::cosine;
  detectors::ClassWeights weights = {};
  int64_t samples = 64600;   ///< input length; longer utterances are cut at random, shorter ones repeated
  uint64_t seed = 0;         ///< of everything random in this training
};

/// Utterances of both classes, all out of `speech`.
struct TrainingData {
  LabelledSpeech speech;
  std::vector<LabelledUtterance> train, validation;
};

/// The epoch with the lowest validation EER; the later one of equals, as in the recipe.
struct BestEpoch {
  int64_t epoch = 0;           ///< from 1
  double validation_eer = 2;   ///< in [0, 1] once there is one
  detectors::TensorMap tensors;
};

/// One training of one task. Nothing of it depends on when it was broken off: the order of utterances, cuts and dropout follow from (seed, epoch,
/// step, utterance), and the state file holds the rest.
class Training {
 public:
  /// Goes on from `context.scratch` where that holds a state. `context` is used for stop, progress and account.
  Training(engine::TaskContext& context, const TrainingSettings& settings, TrainingData data);

  /// Trains to the end. Throws engine::Interrupted after saving the state when the context says stop, and Error when the loss is no longer a number.
  void run();

  const BestEpoch& best() const { return best_; }
  /// CSV: epoch, step, train_loss (mean of the epoch), validation_eer (in [0, 1]), learning_rate (at its end).
  const std::string& log() const { return log_; }

 private:
  std::vector<LabelledUtterance> shuffled() const;
  void train_epoch();
  double train_step(std::span<const LabelledUtterance> batch);
  double validate();
  void end_epoch(double validation_eer);
  double learning_rate() const;
  int64_t steps_per_epoch() const;
  void stop_here_if_asked();
  void tell(int64_t validated, const std::string& note) const;
  void save();
  void load();
  std::filesystem::path state_file() const;

  engine::TaskContext& context_;
  TrainingSettings settings_;
  TrainingData data_;
  std::unique_ptr<detectors::Detector> detector_;
  detectors::Adam adam_;
  BestEpoch best_;
  std::string log_;
  int64_t epoch_ = 0;    ///< finished ones
  int64_t step_ = 0;     ///< finished ones of the epoch under way
  double loss_sum_ = 0;  ///< over those steps
  std::chrono::steady_clock::time_point saved_;
};

}  // namespace cfo::nodes
