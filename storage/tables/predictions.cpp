#include "storage/tables/predictions.h"

#include <algorithm>
#include <iterator>

#include "base/durable_file.h"
#include "base/error.h"
#include "storage/tables/text_lines.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view unknown = "-";
constexpr std::size_t fields_before_classes = 5;

/// Of a name before "=".
bool is_class(std::string_view text) { return is_field(text) && text.find('=') == std::string_view::npos; }

void check(const Prediction& prediction, const fs::path& path) {
  const bool names = is_field(prediction.utterance_id) && is_field(prediction.codec) && is_field(prediction.task) &&
                     is_field(prediction.predicted) && (prediction.truth.empty() || is_field(prediction.truth)) &&
                     std::all_of(prediction.probabilities.begin(), prediction.probabilities.end(),
                                 [](const auto& one) { return is_class(one.first); });
  if (!names)
    throw Error("{}: the prediction of '{}' ({}) cannot be a line: names must be there and without blanks",
                path.string(), prediction.utterance_id, prediction.task);
  for (const auto& [name, probability] : prediction.probabilities) {
    if (!(probability >= 0 && probability <= 1))
      throw Error("{}: the probability of {} of '{}' is {}, not in [0, 1]", path.string(), name,
                  prediction.utterance_id, probability);
  }
}

std::pair<std::string, double> class_in(std::string_view field, const std::string& place) {
  const auto equals = field.find('=');
  const auto probability = equals == std::string_view::npos ? std::nullopt : finite_number(field.substr(equals + 1));
  if (!probability || equals == 0 || *probability < 0 || *probability > 1)
    throw Error("{}: '{}' is not CLASS=PROBABILITY", place, field);
  return {std::string(field.substr(0, equals)), *probability};
}

Prediction read_line(std::string_view line, const std::string& place) {
  const auto fields = fields_of(line);
  if (fields.size() < fields_before_classes + 2)
    throw Error("{}: has {} fields, but 'utterance_id codec task truth predicted CLASS=PROBABILITY ...' is wanted",
                place, fields.size());
  Prediction prediction{std::string(fields[0]), std::string(fields[1]),
                        std::string(fields[2]), std::string(fields[3] == unknown ? "" : fields[3]),
                        std::string(fields[4]), {}};
  for (std::size_t i = fields_before_classes; i < fields.size(); ++i)
    prediction.probabilities.push_back(class_in(fields[i], place));
  for (const auto& name : {prediction.truth, prediction.predicted}) {
    const bool known = name.empty() || std::any_of(prediction.probabilities.begin(), prediction.probabilities.end(),
                                                   [&](const auto& one) { return one.first == name; });
    if (!known) throw Error("{}: the line has no probability of the class '{}'", place, name);
  }
  return prediction;
}

}  // namespace

void write_predictions(const fs::path& path, std::span<const Prediction> predictions) {
  std::string text;
  for (const Prediction& prediction : predictions) {
    check(prediction, path);
    fmt::format_to(std::back_inserter(text), "{} {} {} {} {}", prediction.utterance_id, prediction.codec,
                   prediction.task, prediction.truth.empty() ? unknown : prediction.truth, prediction.predicted);
    for (const auto& [name, probability] : prediction.probabilities)
      fmt::format_to(std::back_inserter(text), " {}={:.6g}", name, probability);
    text += '\n';
  }
  write_durably(path, text);
}

std::vector<Prediction> read_predictions(const fs::path& path) {
  const std::string text = read_text(path);
  std::vector<Prediction> predictions;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    ++number;
    predictions.push_back(read_line(line, fmt::format("{}:{}", path.string(), number)));
  }
  return predictions;
}

}  // namespace cfo::storage
