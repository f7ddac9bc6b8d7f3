// What a detector is trained on, and which utterances make up which batch.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "nodes/networks/detectors/modules/tasks.h"

namespace cfo::detectors {

/// Labelled speech by index. Must give the same for the same index every time.
class TrainingSet {
 public:
  virtual ~TrainingSet() = default;
  virtual std::size_t size() const = 0;
  virtual bool bona_fide(std::size_t index) const = 0;
  /// With the taxonomy of the codec, for detectors that trace it.
  virtual Labels labels(std::size_t index) const { return {.bona_fide = bona_fide(index)}; }
  /// Samples at 16 kHz in [-1, 1], any length but 0.
  virtual std::vector<float> wave(std::size_t index) const = 0;
};

/// How an epoch treats classes of different size.
enum class Balance {
  none,    ///< every utterance once, as published
  repeat,  ///< the smaller class is repeated, newly shuffled each time, until it is as large as the other
};

/// "none" or "repeat". Throws Error otherwise.
Balance parse_balance(const std::string& text);

/// Utterances of an epoch in their order: a permutation that (seed, epoch) determine.
std::vector<std::size_t> epoch_order(const TrainingSet& set, Balance balance, uint64_t seed, int64_t epoch);

/// Batches of an epoch: an incomplete last one is dropped, as published, unless it is the only one.
int64_t batches_per_epoch(std::size_t utterances, int64_t batch);

}  // namespace cfo::detectors
