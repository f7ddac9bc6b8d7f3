// Error rates of a countermeasure, with the exact definitions of the ASVspoof challenges. A score is higher for bona
// fide. compute_det_curve and compute_eer: clovaai/aasist evaluation.py, the same code in TakHemlata/SSL_Anti-spoofing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cfo::metrics {

/// Point k: the k lowest of all n scores are rejected. Equal scores are n points, bona fide first. [n + 1] each.
struct DetCurve {
  std::vector<double> frr;  ///< false rejection rate: share of the bona fide among those k; NaN without bona fide
  std::vector<double> far;  ///< false acceptance rate: share of the spoofed not among them; NaN without spoofed
  std::vector<double> thresholds;  ///< the k-th lowest score; for k = 0 the lowest - 0.001
};

/// NaN scores count as the highest. Throws Error when there are no scores at all.
DetCurve det_curve(std::span<const double> bona_fide, std::span<const double> spoof);

struct Eer {
  double eer = 0;  ///< in [0, 1]: mean of both rates at the point where they differ least; NaN when a class is empty
  double threshold = 0;   ///< score of that point
  std::size_t index = 0;  ///< of that point in the DET curve
  double frr = 0, far = 0;
};

/// Ties are resolved against the system: all scores equal gives an EER of 1. Throws Error when there are no scores at
/// all.
Eer equal_error_rate(std::span<const double> bona_fide, std::span<const double> spoof);

struct BootstrapSettings {
  int64_t draws = 1000;
  double confidence = 0.95;
  uint64_t seed = 0;
};

struct Interval {
  double low = 0, high = 0;
};

/// Percentile bootstrap interval of the EER (Efron and Tibshirani 1993, chapter 13): bona fide and spoofed scores are
/// redrawn with replacement, each class by itself. The same seed gives the same interval. O(draws * scores) time. NaN
/// when a class is empty; throws Error for no draws or a confidence outside (0, 1).
Interval eer_interval(std::span<const double> bona_fide, std::span<const double> spoof,
                      const BootstrapSettings& settings = {});

struct PooledEer {
  Eer pooled;                  ///< one threshold for bona fide against all spoof sets together
  std::vector<Eer> own;        ///< each set at its own threshold
  std::vector<double> far;     ///< share of each set above the pooled threshold
  double frr = 0;              ///< share of the bona fide at or below the pooled threshold
  double mean_of_own = 0;      ///< mean of own[i].eer
  double mean_half_total = 0;  ///< mean of (frr + far[i]) / 2
};

/// EER over several attacks. Throws Error when there is no set or no score.
PooledEer pooled_eer(std::span<const double> bona_fide, const std::vector<std::vector<double>>& spoof_sets);

}  // namespace cfo::metrics
