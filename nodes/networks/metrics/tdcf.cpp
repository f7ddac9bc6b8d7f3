#include "nodes/networks/metrics/tdcf.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/error.h"
#include "nodes/networks/metrics/eer.h"

namespace cfo::metrics {
namespace {

/// The share of `scores` that is accepted at `threshold`.
double accepted(std::span<const double> scores, double threshold, const char* kind) {
  if (scores.empty())
    throw Error("there are no ASV scores of {} trials; the t-DCF needs target, non-target and spoofed ones", kind);
  const auto count = std::count_if(scores.begin(), scores.end(), [&](double score) { return score >= threshold; });
  return static_cast<double>(count) / static_cast<double>(scores.size());
}

void check_scores(std::span<const double> bona_fide, std::span<const double> spoof) {
  std::set<double> different;
  for (const auto scores : {bona_fide, spoof}) {
    for (const double score : scores) {
      if (!std::isfinite(score)) throw Error("a score is NaN or infinite; the t-DCF needs finite scores");
      if (different.size() < 3) different.insert(score);
    }
  }
  if (different.size() < 3) {
    throw Error("the scores have {} different value(s); the t-DCF needs soft scores, not decisions", different.size());
  }
}

/// The normalised cost constant + miss * frr + spoof * far, and its least value.
struct Weights {
  double constant, miss, spoof;
};

MinTdcf least(std::span<const double> bona_fide, std::span<const double> spoof, const Weights& weights) {
  if (weights.miss < 0 || weights.spoof < 0) {
    throw Error(
        "the ASV error rates and costs give negative t-DCF weights ({:g} and {:g}); check the ASV scores and priors",
        weights.miss, weights.spoof);
  }
  const DetCurve curve = det_curve(bona_fide, spoof);
  const double scale = weights.constant + std::min(weights.miss, weights.spoof);
  MinTdcf best{std::numeric_limits<double>::infinity()};
  for (std::size_t k = 0; k < curve.frr.size(); ++k) {
    const double cost = (weights.constant + weights.miss * curve.frr[k] + weights.spoof * curve.far[k]) / scale;
    if (!std::isnan(cost) && cost >= best.value) continue;
    best = {cost, k, curve.thresholds[k]};
    if (std::isnan(cost)) break;
  }
  return best;
}

}  // namespace

AsvRates asv_rates(std::span<const double> target, std::span<const double> non_target, std::span<const double> spoof,
                   double threshold) {
  return {.false_acceptance = accepted(non_target, threshold, "non-target"),
          .miss = 1 - accepted(target, threshold, "target"),
          .spoof_false_acceptance = accepted(spoof, threshold, "spoofed")};
}

AsvRates asv_rates(std::span<const double> target, std::span<const double> non_target, std::span<const double> spoof) {
  return asv_rates(target, non_target, spoof, equal_error_rate(target, non_target).threshold);
}

MinTdcf min_tdcf_2019(std::span<const double> bona_fide, std::span<const double> spoof, const AsvRates& asv,
                      const TandemCosts& costs) {
  check_scores(bona_fide, spoof);
  const double miss = costs.p_target * (costs.miss_cm - costs.miss_asv * asv.miss) -
                      costs.p_non_target * costs.false_acceptance_asv * asv.false_acceptance;
  return least(bona_fide, spoof, {0, miss, costs.false_acceptance_cm * costs.p_spoof * asv.spoof_false_acceptance});
}

MinTdcf min_tdcf_2021(std::span<const double> bona_fide, std::span<const double> spoof, const AsvRates& asv,
                      const TandemCosts& costs) {
  check_scores(bona_fide, spoof);
  const double constant = costs.p_target * costs.miss_asv * asv.miss +
                          costs.p_non_target * costs.false_acceptance_asv * asv.false_acceptance;
  return least(bona_fide, spoof,
               {constant, costs.p_target * costs.miss_asv - constant,
                costs.p_spoof * costs.false_acceptance_cm * asv.spoof_false_acceptance});
}

}  // namespace cfo::metrics
