// Error rates and the signal-to-noise ratio, against values worked out by hand.
#include <cmath>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "base/error.h"
#include "nodes/networks/metrics/confusion.h"
#include "nodes/networks/metrics/eer.h"
#include "nodes/networks/metrics/snr.h"

#include <doctest/doctest.h>

using namespace cfo;
using namespace cfo::metrics;

namespace {

const std::vector<double> bona_fide = {0.9, 0.8, 0.3};
const std::vector<double> spoof = {0.1, 0.2, 0.4, 0.5};

}  // namespace

TEST_CASE("the EER is the mean of both rates where they differ least") {
  // After rejecting 0.1, 0.2, 0.3, 0.4: FRR 1/3, FAR 1/4; no other point is as even.
  const Eer eer = equal_error_rate(bona_fide, spoof);
  CHECK(eer.index == 4);
  CHECK(eer.threshold == 0.4);
  CHECK(eer.eer == doctest::Approx((1.0 / 3 + 1.0 / 4) / 2));
}

TEST_CASE("a DET curve starts below every score and ends above") {
  const DetCurve curve = det_curve(bona_fide, spoof);
  REQUIRE(curve.frr.size() == 8);
  CHECK(curve.thresholds.front() == doctest::Approx(0.099));
  CHECK(curve.frr.front() == 0);
  CHECK(curve.far.front() == 1);
  CHECK(curve.frr.back() == 1);
  CHECK(curve.far.back() == 0);
}

TEST_CASE("ties go against the system, separable scores give zero, reversed ones one") {
  CHECK(equal_error_rate(std::vector<double>{1, 1}, std::vector<double>{1, 1, 1}).eer == 1);
  CHECK(equal_error_rate(std::vector<double>{2, 3}, std::vector<double>{0, 1}).eer == 0);
  CHECK(equal_error_rate(std::vector<double>{0, 1}, std::vector<double>{2, 3}).eer == 1);
  CHECK(std::isnan(equal_error_rate(bona_fide, {}).eer));
  CHECK_THROWS_AS(equal_error_rate({}, {}), Error);
}

TEST_CASE("the bootstrap interval is seeded, holds the EER, and narrows with more scores") {
  std::vector<double> few_bona_fide, few_spoof, many_bona_fide, many_spoof;
  for (int i = 0; i < 2000; ++i) {
    const double wave = std::sin(i * 12.9898) * 43758.5453;
    const double uniform = wave - std::floor(wave);
    (i < 50 ? few_bona_fide : many_bona_fide).push_back(uniform + 0.4);
    (i < 50 ? few_spoof : many_spoof).push_back(1 - uniform * uniform);
  }
  const Interval first = eer_interval(few_bona_fide, few_spoof, {.draws = 300, .seed = 5});
  const Interval again = eer_interval(few_bona_fide, few_spoof, {.draws = 300, .seed = 5});
  const Interval narrow = eer_interval(many_bona_fide, many_spoof, {.draws = 300, .seed = 5});
  CHECK(first.low == again.low);
  CHECK(first.high == again.high);
  const double eer = equal_error_rate(few_bona_fide, few_spoof).eer;
  CHECK(first.low <= eer);
  CHECK(eer <= first.high);
  CHECK(narrow.high - narrow.low < first.high - first.low);
}

TEST_CASE("noise at a tenth of the signal is 20 dB down") {
  const std::vector<float> reference = {1, -1, 1, -1}, degraded = {1.1F, -1.1F, 0.9F, -0.9F};
  CHECK(snr_db(reference, degraded) == doctest::Approx(20).epsilon(1e-4));
  CHECK(std::isinf(snr_db(reference, reference)));
  CHECK_THROWS_AS(snr_db(reference, std::vector<float>{1}), Error);
}

TEST_CASE("accuracy and F1 of a confusion matrix, against values worked out by hand") {
  // Truth a: 3 as a, 1 as b; truth b: 2 as b, 2 as a; class c only as a prediction of one b; d never.
  Confusion confusion(4);
  for (const auto& [truth, predicted, count] : {std::tuple{0, 0, 3}, {0, 1, 1}, {1, 1, 2}, {1, 0, 2}, {1, 2, 1}})
    for (int i = 0; i < count; ++i) confusion.add(static_cast<std::size_t>(truth), static_cast<std::size_t>(predicted));
  CHECK(confusion.total() == 9);
  CHECK(confusion.of_truth(1) == 5);
  CHECK(confusion.of_prediction(0) == 5);
  CHECK(confusion.accuracy() == doctest::Approx(5.0 / 9));
  const double a = 2 * 3.0 / (4 + 5), b = 2 * 2.0 / (5 + 3);
  CHECK(confusion.f1(0) == doctest::Approx(a));
  CHECK(confusion.f1(1) == doctest::Approx(b));
  CHECK(confusion.f1(2) == 0);
  CHECK(confusion.macro_f1() == doctest::Approx((a + b + 0) / 3));  // d does not occur
  CHECK(confusion.weighted_f1() == doctest::Approx((4 * a + 5 * b) / 9));
  Confusion twice = confusion;
  twice.add(confusion);
  CHECK(twice.count(0, 0) == 6);
  CHECK(twice.macro_f1() == doctest::Approx(confusion.macro_f1()));
  CHECK(std::isnan(Confusion(2).accuracy()));
  CHECK(std::isnan(Confusion(2).macro_f1()));
  CHECK_THROWS_AS(confusion.add(4, 0), std::out_of_range);
}
