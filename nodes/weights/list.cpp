#include "nodes/weights/list.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/process/progress.h"
#include "nodes/weights/state.h"
#include "nodes/weights/store.h"

namespace cfo::weights {
namespace {

constexpr std::size_t longest_licence = 24;

/// The standing of every file of the models, each looked at once.
class Standings {
 public:
  explicit Standings(std::span<const Published* const> models) : lock_(weights_root()) {
    for (const auto& file : files_of(models)) files_.emplace(file.key, std::pair(file, standing_of(file, lock_)));
  }

  const std::map<std::string, std::pair<PublishedFile, FileStanding>>& all() const { return files_; }

  /// Of one model, in the card's order, each file once.
  std::vector<std::pair<PublishedFile, FileStanding>> of(const Published* model) const {
    std::vector<std::pair<PublishedFile, FileStanding>> found;
    for (const auto& file : files_of({&model, 1})) found.push_back(files_.at(file.key));
    return found;
  }

 private:
  WeightsLock lock_;
  std::map<std::string, std::pair<PublishedFile, FileStanding>> files_;
};

std::string shortened(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : fmt::format("{:.{}}...", text, width - 3);
}

std::string where(const codecs::WeightFile& file, const Published& model) {
  if (!file.url.empty()) return file.url + (file.member.empty() ? "" : " (archive: " + file.member + ")");
  return (file.page.empty() ? model.source : file.page) + " (in a browser)";
}

}  // namespace

std::string weights_table(std::span<const Published* const> models) {
  const Standings standings(models);
  std::size_t name_width = 5, key_width = 4;
  for (const auto* const model : models) name_width = std::max(name_width, model->name.size());
  for (const auto& [key, standing] : standings.all()) key_width = std::max(key_width, key.size());
  std::string table = fmt::format("{:<{}}  {:<14}  {:>8}  {:<{}}  {:<{}}  {}\n", "model", name_width, "state", "size",
                                  "licence", longest_licence, "file", key_width, "published at");
  std::map<std::string_view, int> counts;
  std::string details;
  for (const auto* const model : models) {
    for (const auto& [file, standing] : standings.of(model)) {
      table += fmt::format(
          "{:<{}}  {:<14}  {:>8}  {:<{}}  {:<{}}  {}\n", model->name, name_width, state_word(standing.state),
          standing.size > 0 ? process::bytes_text(static_cast<double>(standing.size)) : "?",
          shortened(model->license, longest_licence), longest_licence, file.key, key_width, where(file.card, *model));
    }
  }
  for (const auto& [key, entry] : standings.all()) {
    ++counts[state_word(entry.second.state)];
    if (entry.second.detail.empty()) continue;
    details += fmt::format("{}: {}\n", key, entry.second.detail);
  }
  std::string summary;
  for (const auto& [word, count] : counts) summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", count, word);
  return table + details +
         fmt::format("{} files in {}: {}\n", standings.all().size(), weights_root().string(), summary);
}

std::string weights_json(std::span<const Published* const> models) {
  const Standings standings(models);
  auto all = nlohmann::ordered_json::array();
  for (const auto* const model : models) {
    auto files = nlohmann::ordered_json::array();
    for (const auto& [file, standing] : standings.of(model)) {
      auto others = nlohmann::ordered_json::array();
      for (const auto* const user : file.users) {
        if (user != model) others.push_back(user->name);
      }
      files.push_back({{"file", file.key},
                       {"path", file.path.string()},
                       {"state", state_word(standing.state)},
                       {"detail", standing.detail},
                       {"size", standing.size},
                       {"sha256", standing.sha256},
                       {"url", file.card.url},
                       {"page", file.card.page},
                       {"member", file.card.member},
                       {"shared_with", others}});
    }
    all.push_back({{"name", model->name},
                   {"role", model->role},
                   {"title", model->title},
                   {"license", model->license},
                   {"source", model->source},
                   {"files", files}});
  }
  return all.dump(2) + "\n";
}

}  // namespace cfo::weights
