#include "nodes/report/gather/model_scores.h"

#include "base/error.h"
#include "nodes/report/gather/generators.h"
#include "nodes/report/gather/study.h"
#include "storage/tables/scores.h"

namespace cfo::report {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view bona_fide_test = "bonafide";

/// `folder` is below the run folder.
std::vector<std::string> names_in(const storage::FinishedFiles& files, const fs::path& below, bool folders) {
  const fs::path folder = files.run() / below;
  std::vector<std::string> names;
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (folders && entry.is_directory()) names.push_back(entry.path().filename().string());
    if (!folders && entry.is_regular_file() && entry.path().extension() == ".txt" && files.count(entry.path()))
      names.push_back(entry.path().stem().string());
  }
  return in_report_order(std::move(names));
}

TestScores read_test(const fs::path& run, const fs::path& file) {
  TestScores scores{file.stem().string(), file.lexically_relative(run).generic_string(), false, {}, {}, {}};
  for (auto& score : storage::read_scores(file)) {
    if (score.label == storage::Label::bona_fide) {
      scores.bona_fide.push_back(score.score);
    } else {
      scores.spoofed.push_back(score.score);
      scores.spoofed_ids.push_back(std::move(score.utterance_id));
    }
  }
  scores.generated = !scores.bona_fide.empty() || find_generator(scores.test) != nullptr;
  return scores;
}

}  // namespace

std::vector<std::string> models_in(const storage::FinishedFiles& files, const fs::path& folder) {
  return names_in(files, folder, true);
}
std::vector<std::string> tests_in(const storage::FinishedFiles& files, const fs::path& folder) {
  return names_in(files, folder, false);
}

ModelScores read_model_scores(const storage::FinishedFiles& files, const std::string& model) {
  ModelScores scores{model, {}, {}, {}};
  for (const auto& test : tests_in(files, fs::path("scores") / model)) {
    try {
      TestScores read = read_test(files.run(), files.run() / "scores" / model / (test + ".txt"));
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

}  // namespace cfo::report
