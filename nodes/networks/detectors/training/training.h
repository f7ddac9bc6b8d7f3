// Training of a countermeasure: seeded, resumable to the bit, model selection by validation EER.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nodes/networks/detectors/detector.h"
#include "nodes/networks/detectors/modules/optimiser.h"
#include "nodes/networks/detectors/training/training_set.h"

namespace cfo::detectors {

/// The defaults are AASIST's own (clovaai/aasist config/AASIST.conf).
struct TrainingSettings {
  int64_t epochs = 100;
  int64_t batch = 24;       ///< utterances a step
  int64_t samples = 64600;  ///< of each at 16 kHz: longer ones are cut, shorter ones repeated
  bool random_crop = true;  ///< cut at a random place (AASIST) or at the beginning (SSL_Anti-spoofing)
  double learning_rate = 1e-4;
  Schedule schedule = Schedule::cosine;  ///< by the step, over all epochs
  double final_factor = 0.05;            ///< of the learning rate, at the end of the cosine
  AdamSettings adam;
  ClassWeights class_weights;
  Balance balance = Balance::none;
  int64_t accumulation = 1;      ///< parts of a batch that go through the network one after the other, to save memory;
                                 ///< batch norm sees one part at a time
  bool recompute = false;        ///< gradient checkpointing: less memory for a third more time, the same bits
  bool mixed_precision = false;  ///< bfloat16 where it is safe; on a GPU alone
  bool augment_validation = false;  ///< validation speech passes `TrainingHooks::augment` too
  int64_t checkpoint_steps = 100;   ///< steps between saved states (0: only around each validation)
  uint64_t seed = 0;
};

/// The paper's recipe for W2V2-AASIST (section V-A): Adam, learning rate 1e-6, weight decay 1e-4, batches of 14, 4
/// epochs; what it leaves open is as in TakHemlata/SSL_Anti-spoofing main_SSL_LA.py: the first 64,600 samples, class
/// weights 0.1 and 0.9, RawBoost 5 on the speech of both splits (its dev set is of class Dataset_ASVspoof2019_train).
TrainingSettings paper_recipe();
constexpr int64_t paper_rawboost = 5;

struct EpochResult {
  int64_t epoch = 0;          ///< from 1
  double loss = 0;            ///< mean over the steps
  double learning_rate = 0;   ///< of the last step
  double validation_eer = 0;  ///< in [0, 1]; NaN without a validation set
  bool best = false;          ///< no earlier epoch had a lower EER
};

struct TrainingProgress {
  int64_t epoch = 0, epochs = 0;           ///< from 1
  int64_t step = 0, steps = 0;             ///< done, in this epoch
  int64_t validated = 0, to_validate = 0;  ///< utterances; validated > 0 once the steps of the epoch are done
  double loss = 0;                         ///< mean of this epoch so far
  double learning_rate = 0;
};

/// All may be empty.
struct TrainingHooks {
  std::function<void(const TrainingProgress&)> progress;  ///< after each step and each validated utterance
  std::function<void(const EpochResult&)> epoch_done;
  std::function<bool()> stop;                  ///< asked after each step and each validated utterance
  std::function<void(const TensorMap&)> save;  ///< must replace the last saved state durably
  std::optional<TensorMap> resume;             ///< what `save` got last
  std::string resume_origin;                   ///< its file, for error sentences
  /// Changes an utterance before it is cut (RawBoost and the like). Training speech gets a seed of its epoch and place;
  /// validation speech one of its utterance alone, so that all epochs are judged by the same sounds (SSL_Anti-spoofing
  /// draws them anew).
  std::function<std::vector<float>(std::vector<float>, uint64_t seed)> augment;
};

struct TrainingOutcome {
  bool finished = false;            ///< false: `stop` said so; the saved state continues
  std::vector<double> losses;       ///< of each step so far, from the first of the first epoch on
  std::vector<EpochResult> epochs;  ///< so far
  int64_t best_epoch = 0;           ///< whose weights the detector holds when finished
  double best_eer = 0;
};

/// Trains `detector` from the weights that it has (or from `hooks.resume`) and leaves the weights of the epoch with the
/// lowest validation EER in it; of equal ones the last (clovaai/aasist main.py), and the last epoch without a
/// validation set. One thread's work. Killed at any moment and resumed from the last saved state, it ends with the same
/// bits: order, crops, augmentation and dropout are seeded by (seed, epoch, place), not by what ran before. A detector
/// of several tasks is trained on all of them (tasks.h). Throws Error for settings out of range, mixed precision on a
/// CPU, a training set (or a validation set that is not empty) without bona fide or without spoofed speech, a loss that
/// is not finite, and a saved state of other settings.
TrainingOutcome train(Detector& detector, const TrainingSet& training, const TrainingSet& validation,
                      const TrainingSettings& settings, const TrainingHooks& hooks = {});

}  // namespace cfo::detectors
