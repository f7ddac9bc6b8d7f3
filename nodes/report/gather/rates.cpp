#include "nodes/report/gather/rates.h"

#include "base/error.h"
#include "nodes/networks/metrics/eer.h"

namespace cfo::report {

EqualErrorRate equal_error_rate(const std::vector<double>& bona_fide, const std::vector<double>& spoofed) {
  if (bona_fide.empty() || spoofed.empty()) throw Error("an EER needs scores of bona fide and of spoofed speech");
  const auto eer = metrics::equal_error_rate(bona_fide, spoofed);
  const auto interval = metrics::eer_interval(bona_fide, spoofed);
  return {eer.eer, interval.low, interval.high, eer.threshold, bona_fide.size(), spoofed.size()};
}

}  // namespace cfo::report
