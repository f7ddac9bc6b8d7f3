#include "nodes/networks/detectors/training/training_set.h"

#include <algorithm>
#include <random>

#include "base/error.h"
#include "base/nearest.h"
#include "nodes/networks/tensors/compute.h"

namespace cfo::detectors {
namespace {

using Indices = std::vector<std::size_t>;

/// Fisher and Yates's shuffle. std::shuffle's result differs between libraries; this one's does not.
void shuffle(Indices& indices, std::mt19937_64& stream) {
  for (std::size_t left = indices.size(); left > 1; --left) {
    const auto chosen = static_cast<std::size_t>(((stream() >> 32) * left) >> 32);
    std::swap(indices[left - 1], indices[chosen]);
  }
}

/// Whole shuffled rounds of `indices`, cut at `size`.
Indices repeated(Indices indices, std::size_t size, std::mt19937_64& stream) {
  Indices result;
  while (!indices.empty() && result.size() < size) {
    shuffle(indices, stream);
    result.insert(result.end(), indices.begin(),
                  indices.begin() + static_cast<std::ptrdiff_t>(std::min(indices.size(), size - result.size())));
  }
  return result;
}

}  // namespace

Balance parse_balance(const std::string& text) {
  if (text == "none") return Balance::none;
  if (text == "repeat") return Balance::repeat;
  const std::vector<std::string> known = {"none", "repeat"};
  throw Error("there is no balance '{}'{}", text, suggestion(text, known));
}

std::vector<std::size_t> epoch_order(const TrainingSet& set, Balance balance, uint64_t seed, int64_t epoch) {
  std::mt19937_64 stream(tensors::seed_from(seed, "order", std::to_string(epoch)));
  Indices bona_fide, spoof;
  for (std::size_t index = 0; index < set.size(); ++index) (set.bona_fide(index) ? bona_fide : spoof).push_back(index);
  if (balance == Balance::repeat) {
    const std::size_t size = std::max(bona_fide.size(), spoof.size());
    bona_fide = repeated(std::move(bona_fide), size, stream);
    spoof = repeated(std::move(spoof), size, stream);
  }
  Indices order = std::move(bona_fide);
  order.insert(order.end(), spoof.begin(), spoof.end());
  shuffle(order, stream);
  return order;
}

int64_t batches_per_epoch(std::size_t utterances, int64_t batch) {
  return std::max<int64_t>(static_cast<int64_t>(utterances) / batch, utterances > 0 ? 1 : 0);
}

}  // namespace cfo::detectors
