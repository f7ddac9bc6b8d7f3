#include "nodes/kinds/shared/survey_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/process/progress.h"
#include "base/text.h"

namespace cfo::kinds {
namespace {

template <typename Key>
std::string counts_text(const std::map<Key, std::size_t>& counts, const std::string& unit) {
  std::vector<std::string> parts;
  for (const auto& [key, count] : counts) parts.push_back(fmt::format("{}{}: {}", key, unit, counted(count, "file")));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string names_text(const std::vector<std::string>& names, std::size_t most) {
  const std::size_t told = std::min(names.size(), most);
  std::string text =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(told), ", "));
  if (told < names.size()) text += fmt::format(" and {} more", names.size() - told);
  return text;
}

std::string faults_text(const std::string& heading, const std::vector<storage::CorpusFault>& faults, std::size_t most) {
  if (faults.empty()) return "";
  std::string text = fmt::format("  {}: {}\n", heading, faults.size());
  const std::size_t told = std::min(faults.size(), most);
  for (std::size_t i = 0; i < told; ++i) {
    const auto& [item, reason] = faults[i];
    text += reason.find(item) == std::string::npos ? fmt::format("    {}: {}\n", printable(item), reason)
                                                   : fmt::format("    {}\n", reason);
  }
  if (told < faults.size()) text += fmt::format("    ... and {} more\n", faults.size() - told);
  return text;
}

}  // namespace

std::string survey_text(const storage::Survey& survey, std::size_t most) {
  using process::duration_text;
  std::string text =
      fmt::format("corpus {}: layout {}, {} by {}, {} of audio, {}\n", survey.options.root.string(),
                  survey.options.layout, counted(survey.utterances, "utterance"), counted(survey.speakers, "speaker"),
                  duration_text(survey.seconds), process::bytes_text(survey.bytes));
  if (survey.spoofed > 0)
    text += fmt::format("  label      {} bona fide, {} spoofed\n", survey.utterances - survey.spoofed, survey.spoofed);
  text += fmt::format("  rate       {}\n", counts_text(survey.rates, " Hz"));
  text += fmt::format("  channels   {}\n", counts_text(survey.channels, ""));
  text += fmt::format("  format     {}\n", counts_text(survey.formats, ""));
  if (survey.longest.seconds > 0)
    text +=
        fmt::format("  length     from {} ({}) to {} ({})\n", duration_text(survey.shortest.seconds),
                    survey.shortest.utterance_id, duration_text(survey.longest.seconds), survey.longest.utterance_id);
  if (survey.without_length > 0)
    text += fmt::format("  {} whose header does not tell how long it is: its length here is an estimate\n",
                        counted(survey.without_length, "file"));
  for (const auto& split : survey.splits)
    text += fmt::format("  {:<10} {:>7} by {:>3}, {:>8}: {}\n", split.split, counted(split.utterances, "utterance"),
                        counted(split.speakers.size(), "speaker"), duration_text(split.seconds),
                        split.speakers.empty() ? "nobody" : names_text(split.speakers, most));
  return text + faults_text("left out", survey.left_out, most) + faults_text("mended", survey.remarks, most);
}

}  // namespace cfo::kinds
