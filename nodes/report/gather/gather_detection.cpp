// EERs and score histograms from the score files of a run: scores/<model>/<test>.txt.
#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "nodes/networks/metrics/tdcf.h"
#include "nodes/report/gather/model_scores.h"
#include "nodes/report/gather/study.h"
#include "storage/tables/scores.h"

namespace cfo::report {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t histogram_bins = 48;
constexpr double histogram_tail = 0.002;  // share of each class that may lie beyond either end of the histogram

/// The minimum t-DCF where an ASV system's scores of the test set lie in RUN/asv.
std::optional<double> min_tdcf_of(const fs::path& run, const TestScores& test, const Scores& bona_fide,
                                  Remarks& remarks) {
  const fs::path file = run / "asv" / (test.test + ".txt");
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return {};
  try {
    const auto asv = storage::read_asv_scores(file);
    return metrics::min_tdcf_2019(bona_fide, test.spoofed, metrics::asv_rates(asv.target, asv.non_target, asv.spoof))
        .value;
  } catch (const Error& error) {
    remarks.push_back(fmt::format("{}: no t-DCF: {}", test.file, error.what()));
    return {};
  }
}

struct Cells {
  std::vector<EerCell> cells;
  Remarks remarks;
};

Cells cells_of(const fs::path& run, const ModelScores& scores) {
  Cells made;
  for (const auto& test : scores.tests) {
    const Scores& bona_fide = scores.bona_fide_for(test);
    if (bona_fide.empty() || test.spoofed.empty()) {
      made.remarks.push_back(fmt::format("{}: no EER without {} scores to hold against it; score that set too",
                                         test.file, bona_fide.empty() ? "bona fide" : "spoofed"));
      continue;
    }
    made.cells.push_back({scores.model, test.test, equal_error_rate(bona_fide, test.spoofed), test.file, test.generated,
                          min_tdcf_of(run, test, bona_fide, made.remarks)});
  }
  return made;
}

double quantile(const Scores& sorted, double share) {
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

/// Bounds that hold nearly all of every class.
std::pair<double, double> bounds_of(std::vector<Scores> classes) {
  double low = INFINITY, high = -INFINITY;
  for (auto& scores : classes) {
    std::erase_if(scores, [](double score) { return !std::isfinite(score); });
    if (scores.empty()) continue;
    std::sort(scores.begin(), scores.end());
    low = std::min(low, quantile(scores, histogram_tail));
    high = std::max(high, quantile(scores, 1 - histogram_tail));
  }
  if (!(low <= high)) return {0, 1};
  const double margin = high > low ? (high - low) * 0.02 : 0.5;
  return {low - margin, high + margin};
}

std::vector<double> shares(const Scores& scores, double low, double high) {
  if (scores.empty()) return {};
  std::vector<double> bins(histogram_bins);
  for (const double score : scores) {
    const double place = std::isnan(score) ? histogram_bins : (score - low) / (high - low) * histogram_bins;
    bins[static_cast<std::size_t>(std::clamp(place, 0.0, histogram_bins - 1.0))] +=
        1.0 / static_cast<double>(scores.size());
  }
  return bins;
}

Histogram histogram_of(const Scores& bona_fide, const Scores& own, const Scores& pooled) {
  const auto [low, high] = bounds_of({bona_fide, own, pooled});
  return {low, high, shares(bona_fide, low, high), shares(own, low, high), shares(pooled, low, high)};
}

/// Mean EER of the cells that `counts` takes; none where it takes none.
template <typename Counts>
std::optional<double> mean_of(const std::vector<EerCell>& cells, const Counts& counts) {
  Moments moments;
  for (const auto& cell : cells) {
    if (counts(cell)) moments.add(cell.eer.value);
  }
  return moments.count() > 0 ? std::optional(moments.mean()) : std::nullopt;
}

ModelResult summary_of(const std::string& model, const std::vector<EerCell>& cells) {
  ModelResult result;
  result.model = model;
  const auto by_eer = [](const EerCell& a, const EerCell& b) { return a.eer.value < b.eer.value; };
  const auto [best, worst] = std::minmax_element(cells.begin(), cells.end(), by_eer);
  result.best = best->test;
  result.best_eer = best->eer.value;
  result.worst = worst->test;
  result.worst_eer = worst->eer.value;
  for (const auto& cell : cells) {
    if (cell.test == model) result.own = cell.eer;
  }
  result.tests = cells.size();
  result.mean = mean_of(cells, [](const EerCell& cell) { return !cell.generated; });
  result.mean_of_others = mean_of(cells, [&](const EerCell& cell) { return !cell.generated && cell.test != model; });
  result.generated_mean = mean_of(cells, [](const EerCell& cell) { return cell.generated; });
  return result;
}

ModelResult result_of(const ModelScores& scores, const std::vector<EerCell>& cells,
                      const std::vector<Stratum>& strata) {
  ModelResult result = summary_of(scores.model, cells);
  Scores own, pooled;
  for (const auto& test : scores.tests) {
    if (test.generated) continue;
    pooled.insert(pooled.end(), test.spoofed.begin(), test.spoofed.end());
    if (test.test == scores.model) own = test.spoofed;
  }
  for (const auto& stratum : strata) {
    if (!stratum.generated && stratum.attribute == "all") result.pooled = stratum.eer;
  }
  result.scores = histogram_of(scores.bona_fide, own, pooled);
  return result;
}

}  // namespace

Detection gather_detection(const storage::FinishedFiles& files, const QualityOfUtterances& quality,
                           const std::vector<ModelFacts>& models) {
  Detection detection;
  std::set<std::string> codec_tests, generator_tests;
  for (const auto& name : models_in(files, "scores")) {
    const ModelScores scores = read_model_scores(files, name);
    const auto [cells, remarks] = cells_of(files.run(), scores);
    for (const auto& found : {scores.remarks, remarks}) {
      detection.remarks.insert(detection.remarks.end(), found.begin(), found.end());
    }
    if (cells.empty()) continue;
    const auto strata = strata_of(scores, quality);
    detection.models.push_back(result_of(scores, cells, strata));
    const auto* const facts = find_facts(models, name);
    detection.models.back().of_one_codec = facts == nullptr || facts->codecs.size() <= 1;
    detection.strata.insert(detection.strata.end(), strata.begin(), strata.end());
    for (const auto& cell : cells) {
      (cell.generated ? generator_tests : codec_tests).insert(cell.test);
      detection.eers.emplace(std::pair(cell.model, cell.test), cell);
    }
  }
  detection.codec_tests = in_report_order({codec_tests.begin(), codec_tests.end()});
  detection.generator_tests = in_report_order({generator_tests.begin(), generator_tests.end()});
  return detection;
}

}  // namespace cfo::report
