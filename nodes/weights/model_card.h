// A published model that is no codec, as data: graphs/models/NAME.yaml. Countermeasures, their front-end, UTMOS.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nodes/networks/codecs/card.h"

namespace cfo::weights {

/// Field names are the card's YAML keys.
struct ModelCard {
  std::string name;
  std::string title;
  std::string role;     ///< "front-end", "countermeasure" or "quality"
  std::string network;  ///< a name of detectors::make_detector (front-end: the one it belongs to), or "utmos22_strong"
  std::string license;
  std::string source;  ///< official repository
  std::vector<codecs::WeightFile> weights;
  std::filesystem::path file;  ///< the card itself
};

/// Reads a card. Throws Error naming file, line and key for a missing, unknown or mistyped one.
ModelCard read_model_card(const std::filesystem::path& file);

/// Folder of the cards: $CFO_MODELS, else models/ of graphs_folder() (base/installation.h).
std::filesystem::path model_card_folder();

/// All cards of `model_card_folder()`, sorted by name. Reads the folder once per process.
const std::vector<ModelCard>& all_model_cards();

/// The card called `name`; throws Error with the nearest known name.
const ModelCard& find_model_card(const std::string& name);

}  // namespace cfo::weights
