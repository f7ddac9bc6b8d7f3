// Everything that is published and used here: the codecs of graphs/codecs and the models of graphs/models.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "nodes/networks/codecs/card.h"
#include "nodes/weights/model_card.h"

namespace cfo::weights {

/// A published model: a codec, or what a model card names.
struct Published {
  std::string name;
  std::string role;  ///< "codec", or the model card's
  std::string title, license, source;
  std::vector<codecs::WeightFile> weights;
  bool in_study = true;                 ///< one of the paper's codecs or of the study's models: part of `--all`
  const codecs::Card* codec = nullptr;  ///< of a codec
  const ModelCard* model = nullptr;     ///< of any other
};

/// All of them, codecs first, each kind by name; codecs that are fitted by a run have no files and are not among them.
const std::vector<Published>& catalogue();

/// The models called `names`, in this order; all of the catalogue's study where there are none. Throws Error with the
/// nearest known name.
std::vector<const Published*> find_published(std::span<const std::string> names);

/// One file on this machine; models that share it name it alike.
struct PublishedFile {
  codecs::WeightFile card;
  std::filesystem::path path;           ///< where it lies or belongs
  std::string key;                      ///< below weights_root(), with slashes: its name in weights.lock
  std::vector<const Published*> users;  ///< of the catalogue
};

/// The files of the models, each once.
std::vector<PublishedFile> files_of(std::span<const Published* const> models);

}  // namespace cfo::weights
