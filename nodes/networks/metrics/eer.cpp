#include "nodes/networks/metrics/eer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"

namespace cfo::metrics {
namespace {

struct Scored {
  double score;
  bool bona_fide;
};

/// NaN is the highest, as in numpy's sort.
bool lower(const Scored& a, const Scored& b) {
  return a.score < b.score || (std::isnan(b.score) && !std::isnan(a.score));
}

std::vector<Scored> sorted(std::span<const double> bona_fide, std::span<const double> spoof) {
  if (bona_fide.empty() && spoof.empty())
    throw Error("there are no scores; an error rate needs bona fide and spoofed scores");
  std::vector<Scored> scores;
  scores.reserve(bona_fide.size() + spoof.size());
  for (const double score : bona_fide) scores.push_back({score, true});
  for (const double score : spoof) scores.push_back({score, false});
  std::stable_sort(scores.begin(), scores.end(), lower);
  return scores;
}

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(part) / static_cast<double>(whole);
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

DetCurve det_curve(std::span<const double> bona_fide, std::span<const double> spoof) {
  const auto scores = sorted(bona_fide, spoof);
  DetCurve curve{{0.0}, {1.0}, {scores.front().score - 0.001}};
  std::size_t rejected = 0, accepted = spoof.size();
  for (const auto& [score, is_bona_fide] : scores) {
    if (is_bona_fide)
      ++rejected;
    else
      --accepted;
    curve.frr.push_back(share(rejected, bona_fide.size()));
    curve.far.push_back(share(accepted, spoof.size()));
    curve.thresholds.push_back(score);
  }
  return curve;
}

Eer equal_error_rate(std::span<const double> bona_fide, std::span<const double> spoof) {
  const DetCurve curve = det_curve(bona_fide, spoof);
  Eer best;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < curve.frr.size(); ++k) {
    const double difference = std::abs(curve.frr[k] - curve.far[k]);
    const bool undefined = std::isnan(difference);
    if (!undefined && difference >= least) continue;
    least = difference;
    best = {(curve.frr[k] + curve.far[k]) / 2, curve.thresholds[k], k, curve.frr[k], curve.far[k]};
    if (undefined) break;
  }
  return best;
}

PooledEer pooled_eer(std::span<const double> bona_fide, const std::vector<std::vector<double>>& spoof_sets) {
  if (spoof_sets.empty())
    throw Error("there are no spoofed scores; a pooled error rate needs at least one set of them");
  std::vector<double> all;
  for (const auto& set : spoof_sets) all.insert(all.end(), set.begin(), set.end());
  PooledEer result;
  result.pooled = equal_error_rate(bona_fide, all);
  const double threshold = result.pooled.threshold;
  const auto rejected =
      std::count_if(bona_fide.begin(), bona_fide.end(), [&](double score) { return score <= threshold; });
  result.frr = share(static_cast<std::size_t>(rejected), bona_fide.size());
  std::vector<double> own, half_totals;
  for (const auto& set : spoof_sets) {
    const auto passed = std::count_if(set.begin(), set.end(), [&](double score) { return score > threshold; });
    result.far.push_back(share(static_cast<std::size_t>(passed), set.size()));
    result.own.push_back(equal_error_rate(bona_fide, set));
    own.push_back(result.own.back().eer);
    half_totals.push_back((result.frr + result.far.back()) / 2);
  }
  result.mean_of_own = mean(own);
  result.mean_half_total = mean(half_totals);
  return result;
}

}  // namespace cfo::metrics
