// The score files of one detector, as everything about its error rates reads them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nodes/report/gather/remarks.h"
#include "storage/run_folder/finished_files.h"

namespace cfo::report {

using Scores = std::vector<double>;

/// Scores of one test set: RUN/scores/<model>/<test>.txt.
struct TestScores {
  std::string test;
  std::string file;        ///< below the run folder
  bool generated = false;  ///< speech of a generator (CoSG), which brings its own bona fide speech; else re-synthesised
                           ///< speech of a codec (CoRS)
  Scores bona_fide, spoofed;
  std::vector<std::string> spoofed_ids;  ///< utterances of `spoofed`
};

struct ModelScores {
  std::string model;
  Scores bona_fide;  ///< of bonafide.txt: the corpus's evaluation speech
  std::vector<TestScores> tests;
  Remarks remarks;  ///< one for each file that cannot be read

  /// Bona fide speech to hold the spoofed speech of `test` against: its own where it brings some, else the corpus's.
  const Scores& bona_fide_for(const TestScores& test) const {
    return test.bona_fide.empty() ? bona_fide : test.bona_fide;
  }
};

/// Folders, each of a model, below RUN/scores or RUN/predictions; the text files of one, each of a test set. In the
/// order of the report.
std::vector<std::string> models_in(const storage::FinishedFiles& files, const std::filesystem::path& folder);
std::vector<std::string> tests_in(const storage::FinishedFiles& files, const std::filesystem::path& folder);
ModelScores read_model_scores(const storage::FinishedFiles& files, const std::string& model);

}  // namespace cfo::report
