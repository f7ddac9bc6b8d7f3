// Scores of utterances as the published evaluation makes them.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "nodes/networks/detectors/detector.h"

namespace cfo::detectors {

/// The first `samples` of a wave; a shorter one is repeated from its beginning until it is long enough (clovaai/aasist
/// data_utils.py pad). Throws Error for an empty wave.
std::vector<float> fit_length(std::span<const float> wave, int64_t samples);

/// As `fit_length`, but a longer wave is cut at a random place that `seed` determines: the start is uniform in [0,
/// length - samples), as in pad_random of the same file (which never takes the last place).
std::vector<float> fit_length_at_random(std::span<const float> wave, int64_t samples, uint64_t seed);

struct Scored {
  double score = 0;                                   ///< higher is more bona fide
  std::vector<float> embedding;                       ///< [detector.embedding_size()]
  std::map<Task, std::vector<double>> probabilities;  ///< softmax of each task's logits, in the order of its classes
};

/// Score and embedding of each wave (16 kHz, any length), fitted to `samples` (0: the detector's own). Each gets the
/// result that it has alone: on the CPU one by one, on a GPU in one batch. May be called by several threads at once.
/// Throws Error for an empty wave and for a score or probability that is not a finite number.
std::vector<Scored> score(const Detector& detector, std::span<const std::vector<float>> waves, int64_t samples = 0);

}  // namespace cfo::detectors
