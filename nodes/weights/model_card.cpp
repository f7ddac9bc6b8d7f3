#include "nodes/weights/model_card.h"

#include <algorithm>

#include "base/error.h"
#include "base/installation.h"
#include "base/nearest.h"
#include "nodes/networks/codecs/card_fields.h"

namespace cfo::weights {
namespace fs = std::filesystem;
namespace {

std::vector<ModelCard> read_folder(const fs::path& folder) {
  std::error_code unreadable;
  std::vector<ModelCard> cards;
  for (const auto& entry : fs::directory_iterator(folder, unreadable)) {
    if (entry.path().extension() == ".yaml") cards.push_back(read_model_card(entry.path()));
  }
  if (cards.empty())
    throw Error(
        "{}: there are no model cards; set CFO_GRAPHS to the folder graphs of CFO, or CFO_MODELS to a folder of cards",
        folder.string());
  std::sort(cards.begin(), cards.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return cards;
}

}  // namespace

ModelCard read_model_card(const fs::path& file) {
  codecs::CardFields fields(file, codecs::parse_card(file));
  ModelCard card;
  card.file = file;
  card.name = fields.required<std::string>("name");
  if (card.name != file.stem().string())
    throw Error("{}: the card is called '{}'; a card's name is its file name", file.string(), card.name);
  card.title = fields.required<std::string>("title");
  card.role = fields.one_of("role", {"front-end", "countermeasure", "quality"});
  card.network = fields.required<std::string>("network");
  card.license = fields.required<std::string>("license");
  card.source = fields.required<std::string>("source");
  card.weights = fields.weight_files("weights");
  if (card.weights.size() != 1) throw Error("{}: 'weights' names one file", file.string());
  fields.finish();
  return card;
}

fs::path model_card_folder() { return in_graphs_folder("models", "CFO_MODELS"); }

const std::vector<ModelCard>& all_model_cards() {
  static const std::vector<ModelCard> cards = read_folder(model_card_folder());
  return cards;
}

const ModelCard& find_model_card(const std::string& name) {
  const auto& cards = all_model_cards();
  const auto found = std::find_if(cards.begin(), cards.end(), [&](const auto& card) { return card.name == name; });
  if (found != cards.end()) return *found;
  std::vector<std::string> names;
  for (const auto& card : cards) names.push_back(card.name);
  throw Error("there is no model '{}' in {}{}", name, model_card_folder().string(), suggestion(name, names));
}

}  // namespace cfo::weights
