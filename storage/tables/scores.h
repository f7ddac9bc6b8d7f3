// Score files: text, one utterance a line: `utterance_id codec label score` (higher is more bona fide).
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "storage/label.h"

namespace cfo::storage {

struct Score {
  std::string utterance_id;
  std::string codec;  ///< "bonafide" for bona fide speech
  Label label = Label::spoof;
  double score = 0;  ///< higher is more bona fide
};

/// Labels are written "bonafide" and "spoof", scores with 9 significant digits (a float32 survives). Durable.
void write_scores(const std::filesystem::path& path, std::span<const Score> scores);

/// Throws Error with file:line for a line that is not four fields, an unknown label or a score that is no number.
std::vector<Score> read_scores(const std::filesystem::path& path);

/// Scores of a speaker verification (ASV) system by kind of trial, as the ASVspoof challenges give them out for the
/// t-DCF.
struct AsvScores {
  std::vector<double> target, non_target, spoof;
};

/// Lines "SOURCE KIND SCORE" with KIND target, nontarget or spoof (ASVspoof2019.LA.asv.eval.gi.trl.scores.txt). Throws
/// Error with file:line for another line.
AsvScores read_asv_scores(const std::filesystem::path& path);

}  // namespace cfo::storage
