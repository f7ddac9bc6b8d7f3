#include "nodes/weights/catalogue.h"

#include <algorithm>

#include "base/error.h"
#include "base/nearest.h"
#include "nodes/weights/store.h"

namespace cfo::weights {
namespace {

std::vector<Published> gather() {
  std::vector<Published> all;
  for (const auto& card : codecs::all_cards()) {
    if (card.weights.empty()) continue;
    all.push_back({.name = card.name,
                   .role = "codec",
                   .title = card.title,
                   .license = card.license,
                   .source = card.source,
                   .weights = card.weights,
                   .in_study = !card.letter.empty(),
                   .codec = &card});
  }
  for (const auto& card : all_model_cards()) {
    all.push_back({.name = card.name,
                   .role = card.role,
                   .title = card.title,
                   .license = card.license,
                   .source = card.source,
                   .weights = card.weights,
                   .model = &card});
  }
  return all;
}

std::string key_of(const codecs::WeightFile& file) {
  return (std::filesystem::path(file.folder) / file.file).lexically_normal().generic_string();
}

}  // namespace

const std::vector<Published>& catalogue() {
  static const std::vector<Published> all = gather();
  return all;
}

std::vector<const Published*> find_published(std::span<const std::string> names) {
  std::vector<const Published*> found;
  std::vector<std::string> known;
  for (const auto& model : catalogue()) {
    known.push_back(model.name);
    if (names.empty() && model.in_study) found.push_back(&model);
  }
  for (const auto& name : names) {
    const auto at = std::find(known.begin(), known.end(), name);
    if (at == known.end()) throw Error("there are no weights called '{}'{}", name, suggestion(name, known));
    const auto* const model = &catalogue()[static_cast<std::size_t>(at - known.begin())];
    if (std::find(found.begin(), found.end(), model) == found.end()) found.push_back(model);
  }
  return found;
}

std::vector<PublishedFile> files_of(std::span<const Published* const> models) {
  std::vector<PublishedFile> files;
  for (const auto* const model : models) {
    for (const auto& card : model->weights) {
      const std::string key = key_of(card);
      if (std::none_of(files.begin(), files.end(), [&](const auto& file) { return file.key == key; }))
        files.push_back({.card = card, .path = weight_path(card), .key = key, .users = {}});
    }
  }
  for (auto& file : files) {
    for (const auto& model : catalogue()) {
      if (std::any_of(model.weights.begin(), model.weights.end(),
                      [&](const auto& card) { return key_of(card) == file.key; }))
        file.users.push_back(&model);
    }
  }
  return files;
}

}  // namespace cfo::weights
