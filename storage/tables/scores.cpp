#include "storage/tables/scores.h"

#include <cmath>
#include <iterator>

#include "base/durable_file.h"
#include "base/error.h"
#include "storage/tables/text_lines.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

const char* name_of(Label label) { return label == Label::bona_fide ? "bonafide" : "spoof"; }

double number_in(std::string_view field, const std::string& place) {
  const auto number = finite_number(field);
  if (!number) throw Error("{}: the score '{}' is not a finite number", place, field);
  return *number;
}

Score read_line(std::string_view line, const std::string& place) {
  const auto fields = fields_of(line);
  if (fields.size() != 4)
    throw Error("{}: has {} fields, but 'utterance_id codec label score' is wanted", place, fields.size());
  if (fields[2] != "bonafide" && fields[2] != "spoof")
    throw Error("{}: unknown label '{}'; it must be 'bonafide' or 'spoof'", place, fields[2]);
  return {std::string(fields[0]), std::string(fields[1]), fields[2] == "spoof" ? Label::spoof : Label::bona_fide,
          number_in(fields[3], place)};
}

void check(const Score& score, const fs::path& path) {
  if (!is_field(score.utterance_id) || !is_field(score.codec))
    throw Error("{}: '{}' of codec '{}' cannot be a line of scores: names must be there and without blanks",
                path.string(), score.utterance_id, score.codec);
  if (!std::isfinite(score.score))
    throw Error("{}: the score of '{}' is {}, not a finite number", path.string(), score.utterance_id, score.score);
}

}  // namespace

void write_scores(const fs::path& path, std::span<const Score> scores) {
  std::string text;
  for (const Score& score : scores) {
    check(score, path);
    fmt::format_to(std::back_inserter(text), "{} {} {} {:.9g}\n", score.utterance_id, score.codec, name_of(score.label),
                   score.score);
  }
  write_durably(path, text);
}

std::vector<Score> read_scores(const fs::path& path) {
  const std::string text = read_text(path);
  std::vector<Score> scores;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    ++number;
    scores.push_back(read_line(line, fmt::format("{}:{}", path.string(), number)));
  }
  return scores;
}

AsvScores read_asv_scores(const fs::path& path) {
  const std::string text = read_text(path);
  AsvScores scores;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    const auto place = fmt::format("{}:{}", path.string(), ++number);
    const auto fields = fields_of(line);
    if (fields.size() != 3) throw Error("{}: has {} fields, but 'source kind score' is wanted", place, fields.size());
    auto* const kind = fields[1] == "target"      ? &scores.target
                       : fields[1] == "nontarget" ? &scores.non_target
                                                  : &scores.spoof;
    if (kind == &scores.spoof && fields[1] != "spoof")
      throw Error("{}: unknown kind '{}'; it must be 'target', 'nontarget' or 'spoof'", place, fields[1]);
    kind->push_back(number_in(fields[2], place));
  }
  return scores;
}

}  // namespace cfo::storage
