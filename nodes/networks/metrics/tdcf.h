// The minimum tandem detection cost of a countermeasure in front of an automatic speaker verification (ASV) system.
// 2019: Kinnunen et al. 2018, "t-DCF", as in clovaai/aasist evaluation.py; 2021: Kinnunen et al. 2020, as in
// TakHemlata/SSL_Anti-spoofing eval_metric_LA.py. Scores are higher for bona fide (or target).
#pragma once

#include <cstddef>
#include <span>

namespace cfo::metrics {

/// What the ASV system does at its threshold, each a share in [0, 1].
struct AsvRates {
  double false_acceptance = 0;        ///< of non-targets
  double miss = 0;                    ///< of targets
  double spoof_false_acceptance = 0;  ///< of spoofed trials
};

/// Scores at or above the threshold are accepted. Throws Error when a list is empty.
AsvRates asv_rates(std::span<const double> target, std::span<const double> non_target, std::span<const double> spoof,
                   double threshold);

/// The same at the ASV system's own EER threshold (targets against non-targets), as the challenges do.
AsvRates asv_rates(std::span<const double> target, std::span<const double> non_target, std::span<const double> spoof);

/// Priors and costs; the defaults are those of the ASVspoof 2019 and 2021 evaluation plans.
struct TandemCosts {
  double p_spoof = 0.05, p_target = 0.9405, p_non_target = 0.0095;
  double miss_asv = 1, false_acceptance_asv = 10;
  double miss_cm = 1, false_acceptance_cm = 10;  ///< 2019; in 2021 a miss is miss_asv whoever misses, and
                                                 ///< false_acceptance_cm is the cost of an accepted spoof
};

struct MinTdcf {
  double value = 0;       ///< 1 is a countermeasure of no use; NaN when a class is empty
  std::size_t index = 0;  ///< of the DET curve's point
  double threshold = 0;   ///< its score
};

/// Both throw Error when a score is NaN or infinite, when there are fewer than 3 different scores (soft scores are
/// needed, not decisions), and when the ASV rates and costs give a negative weight.
MinTdcf min_tdcf_2019(std::span<const double> bona_fide, std::span<const double> spoof, const AsvRates& asv,
                      const TandemCosts& costs = {});
MinTdcf min_tdcf_2021(std::span<const double> bona_fide, std::span<const double> spoof, const AsvRates& asv,
                      const TandemCosts& costs = {});

}  // namespace cfo::metrics
