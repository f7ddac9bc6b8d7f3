// Where a training stands, as tensors: what is saved, and what a resumed training starts from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nodes/networks/detectors/training/training.h"

namespace cfo::detectors {

struct TrainingPosition {
  int64_t epoch = 0;                ///< epochs that are wholly done, validation included
  int64_t step = 0;                 ///< steps done in the next one
  double loss_sum = 0;              ///< over those steps
  std::vector<double> losses;       ///< of every step of every epoch
  std::vector<EpochResult> epochs;  ///< results of the epochs done
  int64_t best_epoch = 0;
  double best_eer = 0;
  TensorMap best;  ///< weights of the best epoch, empty before the first
};

/// A number that tells trainings of different settings or data apart.
int64_t training_fingerprint(const TrainingSettings& settings, const std::string& detector, const TrainingSet& training,
                             const TrainingSet& validation);

/// "model.NAME", "best.NAME", "adam...." and "progress....": everything that the next step depends on.
TensorMap training_state(const Detector& detector, const Adam& adam, const TrainingPosition& position,
                         int64_t fingerprint);

/// Puts a saved state into detector and optimiser and gives the position. Throws Error naming `origin` when the state
/// is incomplete or of another fingerprint.
TrainingPosition restore_training(const TensorMap& state, const std::string& origin, int64_t fingerprint,
                                  Detector& detector, Adam& adam);

}  // namespace cfo::detectors
