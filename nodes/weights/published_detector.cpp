#include "nodes/weights/published_detector.h"

#include <algorithm>

#include "base/digest.h"
#include "nodes/weights/model_card.h"
#include "nodes/weights/store.h"
#include "storage/checkpoint/checkpoint.h"

namespace cfo::weights {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view fairseq_model = "model.feature_extractor.";

bool is_fairseq(const fs::path& file) {
  const auto summary = storage::describe_checkpoint(file);
  return std::any_of(summary.entries.begin(), summary.entries.end(),
                     [](const auto& entry) { return entry.name.starts_with(fairseq_model); });
}

}  // namespace

fs::path published_file(const std::string& text) {
  const fs::path given = text;
  return given.is_absolute() || fs::is_regular_file(given) ? given : weights_root() / given;
}

std::string why_not_published(const std::string& text) {
  const fs::path file = published_file(text);
  if (fs::is_regular_file(file)) return "";
  for (const auto& card : all_model_cards()) {
    if (weight_path(card.weights.front()) == file)
      return fmt::format("'{}' is not there: {}", text, why_missing(card.weights, card.name));
  }
  return fmt::format("'{}' is not there: {} is no file; put it there, or give its full path", text, file.string());
}

std::string published_fingerprint(const std::string& text) {
  const fs::path file = published_file(text);
  return fs::is_regular_file(file) ? weight_stamp(file) : "missing";
}

TensorMap read_published(const fs::path& file) {
  return storage::read_checkpoint(
      file,
      {.nesting = is_fairseq(file) ? std::vector<std::string>{"model"} : std::vector<std::string>{}, .prefix = ""});
}

}  // namespace cfo::weights
