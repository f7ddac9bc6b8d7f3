// EERs and score histograms from the score files of a run: scores/<model>/<test>.txt.
#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "nodes/metrics/eer.h"
#include "nodes/report/study.h"
#include "storage/scores.h"

namespace cfo::report {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view bona_fide_test = "bonafide";
constexpr std::size_t histogram_bins = 48;
constexpr double histogram_tail = 0.002;  // share of each class that may lie beyond either end of the histogram

using Scores = std::vector<double>;

struct TestScores {
  std::string test;
  std::string file;  ///< below the run folder
  Scores bona_fide, spoofed;
};

/// Score files of one model, `bonafide.txt` among them, by test name.
struct ModelScores {
  std::string model;
  Scores bona_fide;  ///< of bonafide.txt
  std::vector<TestScores> tests;
  Remarks remarks;
};

std::vector<std::string> names_in(const fs::path& folder, bool folders) {
  std::vector<std::string> names;
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (folders && entry.is_directory()) names.push_back(entry.path().filename().string());
    if (!folders && entry.is_regular_file() && entry.path().extension() == ".txt") {
      names.push_back(entry.path().stem().string());
    }
  }
  return in_report_order(std::move(names));
}

TestScores read_test(const fs::path& run, const fs::path& file) {
  TestScores scores{file.stem().string(), file.lexically_relative(run).generic_string(), {}, {}};
  for (const auto& score : storage::read_scores(file)) {
    (score.label == storage::Label::bona_fide ? scores.bona_fide : scores.spoofed).push_back(score.score);
  }
  return scores;
}

ModelScores read_model(const fs::path& run, const std::string& model) {
  ModelScores scores{model, {}, {}, {}};
  for (const auto& test : names_in(run / "scores" / model, false)) {
    try {
      TestScores read = read_test(run, run / "scores" / model / (test + ".txt"));
      if (test == bona_fide_test) {
        scores.bona_fide = std::move(read.bona_fide);
      } else {
        scores.tests.push_back(std::move(read));
      }
    } catch (const Error& error) {
      scores.remarks.push_back(error.what());
    }
  }
  return scores;
}

/// Bona fide speech of the test set itself where it brings some (real generators' sets do), else the corpus's.
const Scores& bona_fide_of(const TestScores& test, const ModelScores& model) {
  return test.bona_fide.empty() ? model.bona_fide : test.bona_fide;
}

EqualErrorRate measure(const Scores& bona_fide, const Scores& spoofed) {
  const auto eer = metrics::equal_error_rate(bona_fide, spoofed);
  const auto interval = metrics::eer_interval(bona_fide, spoofed);
  return {eer.eer, interval.low, interval.high, eer.threshold, bona_fide.size(), spoofed.size()};
}

struct Cells {
  std::vector<EerCell> cells;
  Remarks remarks;
};

Cells cells_of(const ModelScores& scores) {
  Cells made;
  for (const auto& test : scores.tests) {
    const Scores& bona_fide = bona_fide_of(test, scores);
    if (bona_fide.empty() || test.spoofed.empty()) {
      made.remarks.push_back(fmt::format("{}: no EER without {} scores to hold against it; score that set too",
                                         test.file, bona_fide.empty() ? "bona fide" : "spoofed"));
      continue;
    }
    made.cells.push_back({scores.model, test.test, measure(bona_fide, test.spoofed), test.file});
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

ModelResult summary_of(const std::string& model, const std::vector<EerCell>& cells) {
  ModelResult result;
  result.model = model;
  result.best_eer = INFINITY;
  result.worst_eer = -INFINITY;
  double sum = 0, sum_of_others = 0;
  for (const auto& cell : cells) {
    sum += cell.eer.value;
    if (cell.test == result.model) {
      result.own = cell.eer;
    } else {
      sum_of_others += cell.eer.value;
    }
    if (cell.eer.value < result.best_eer) {
      result.best = cell.test;
      result.best_eer = cell.eer.value;
    }
    if (cell.eer.value > result.worst_eer) {
      result.worst = cell.test;
      result.worst_eer = cell.eer.value;
    }
  }
  const std::size_t others = cells.size() - (result.own ? 1 : 0);
  result.tests = cells.size();
  result.mean = sum / static_cast<double>(cells.size());
  if (others > 0) result.mean_of_others = sum_of_others / static_cast<double>(others);
  return result;
}

/// The spoofed scores of all test sets together, against the corpus's bona fide speech.
ModelResult result_of(const ModelScores& scores, const std::vector<EerCell>& cells) {
  ModelResult result = summary_of(scores.model, cells);
  Scores own, pooled;
  for (const auto& test : scores.tests) {
    if (!test.bona_fide.empty()) continue;
    pooled.insert(pooled.end(), test.spoofed.begin(), test.spoofed.end());
    if (test.test == scores.model) own = test.spoofed;
  }
  if (!scores.bona_fide.empty() && !pooled.empty()) result.pooled = measure(scores.bona_fide, pooled);
  result.scores = histogram_of(scores.bona_fide, own, pooled);
  return result;
}

}  // namespace

Detection gather_detection(const fs::path& run) {
  Detection detection;
  std::set<std::string> tests;
  for (const auto& name : names_in(run / "scores", true)) {
    const ModelScores scores = read_model(run, name);
    const auto [cells, remarks] = cells_of(scores);
    for (const auto& found : {scores.remarks, remarks}) {
      detection.remarks.insert(detection.remarks.end(), found.begin(), found.end());
    }
    if (cells.empty()) continue;
    detection.models.push_back(result_of(scores, cells));
    for (const auto& cell : cells) {
      tests.insert(cell.test);
      detection.eers.emplace(std::pair(cell.model, cell.test), cell);
    }
  }
  detection.tests = in_report_order({tests.begin(), tests.end()});
  return detection;
}

}  // namespace cfo::report
