#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include "base/error.h"
#include "nodes/networks/metrics/eer.h"

namespace cfo::metrics {
namespace {

using Counts = std::vector<uint32_t>;

/// A number below `bound` (< 2^32). Standard distributions differ between libraries; this does not.
std::size_t below(std::mt19937_64& stream, std::size_t bound) {
  return static_cast<std::size_t>(((stream() >> 32) * bound) >> 32);
}

void redraw(Counts& counts, std::mt19937_64& stream) {
  std::fill(counts.begin(), counts.end(), 0);
  for (std::size_t i = 0; i < counts.size(); ++i) ++counts[below(stream, counts.size())];
}

/// The scores of both classes in DET order: for each place its class and its number within the class.
struct Place {
  double score;
  uint32_t number;
  bool bona_fide;
};

std::vector<Place> places(std::span<const double> bona_fide, std::span<const double> spoof) {
  std::vector<Place> result;
  for (std::size_t i = 0; i < bona_fide.size(); ++i) result.push_back({bona_fide[i], static_cast<uint32_t>(i), true});
  for (std::size_t i = 0; i < spoof.size(); ++i) result.push_back({spoof[i], static_cast<uint32_t>(i), false});
  std::stable_sort(result.begin(), result.end(), [](const Place& a, const Place& b) {
    return a.score < b.score || (std::isnan(b.score) && !std::isnan(a.score));
  });
  return result;
}

/// The EER of one redrawn set. Along the curve frr - far only grows, so its least magnitude is on one side of the first
/// point where it is not negative; a score drawn several times passes that point within its run of equal places.
double redrawn_eer(const std::vector<Place>& order, const Counts& bona_fide, const Counts& spoof) {
  const double n_bona_fide = static_cast<double>(bona_fide.size()), n_spoof = static_cast<double>(spoof.size());
  double rejected = 0, accepted = n_spoof;
  double before = -1.0, eer_before = 0.5;  // the point where nothing is rejected: frr 0, far 1
  for (const auto& place : order) {
    const uint32_t times = place.bona_fide ? bona_fide[place.number] : spoof[place.number];
    for (uint32_t time = 0; time < times; ++time) {
      if (place.bona_fide)
        ++rejected;
      else
        --accepted;
      const double frr = rejected / n_bona_fide, far = accepted / n_spoof;
      const double difference = frr - far, eer = (frr + far) / 2;
      if (difference >= 0) return difference < std::abs(before) ? eer : eer_before;
      before = difference;
      eer_before = eer;
    }
  }
  return eer_before;
}

double percentile(const std::vector<double>& ascending, double share) {
  const double place = share * static_cast<double>(ascending.size() - 1);
  const auto low = static_cast<std::size_t>(place);
  const std::size_t high = std::min(low + 1, ascending.size() - 1);
  return ascending[low] + (place - static_cast<double>(low)) * (ascending[high] - ascending[low]);
}

}  // namespace

Interval eer_interval(std::span<const double> bona_fide, std::span<const double> spoof,
                      const BootstrapSettings& settings) {
  if (settings.draws < 1) throw Error("a bootstrap needs at least 1 draw, but {} were asked for", settings.draws);
  if (!(settings.confidence > 0 && settings.confidence < 1)) {
    throw Error("a confidence of {} is not possible; give one between 0 and 1, such as 0.95", settings.confidence);
  }
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  if (bona_fide.empty() || spoof.empty()) return {nan, nan};
  const auto order = places(bona_fide, spoof);
  std::mt19937_64 stream(settings.seed);
  Counts bona_fide_counts(bona_fide.size()), spoof_counts(spoof.size());
  std::vector<double> eers;
  for (int64_t draw = 0; draw < settings.draws; ++draw) {
    redraw(bona_fide_counts, stream);
    redraw(spoof_counts, stream);
    eers.push_back(redrawn_eer(order, bona_fide_counts, spoof_counts));
  }
  std::sort(eers.begin(), eers.end());
  const double tail = (1 - settings.confidence) / 2;
  return {percentile(eers, tail), percentile(eers, 1 - tail)};
}

}  // namespace cfo::metrics
