// A codec model as data: graphs/codecs/NAME.yaml.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace cfo::codecs {

/// One published weight file of a model.
struct WeightFile {
  std::string file;                  ///< official file name
  std::string folder;                ///< folder below the weights root; models that share a file share a folder
  std::string container;             ///< "torch", "safetensors", "torchscript", ...
  std::vector<std::string> nesting;  ///< keys to descend inside the container, e.g. {"model"}
  std::string prefix;                ///< put before every tensor name (several files, one network)
  bool preferred = false;            ///< its tensors take the place of those of the same name in the files before it
  std::string url;                   ///< direct address, "" where there is none (a drive that needs a browser)
  std::string page;                  ///< address for a browser, where there is no direct one
  std::string member;      ///< the file's path in the archive that is published, or the end of that path, where
                           ///< * stands for any text; "" where the file is published as it is
  std::uint64_t size = 0;  ///< bytes of the published file where known, else 0
  std::string sha256;      ///< of the published file where known, else ""
};

/// Everything that is known about a codec model without its weights. Field names are the card's YAML keys.
struct Card {
  std::string name;         ///< the corpus authors' name, e.g. "Encodec_6b24k"
  std::string letter;       ///< the paper's letter (Table II), e.g. "D1"; "" beyond the paper
  std::string family;       ///< family key, e.g. "encodec": finds the implementation (family.h)
  std::string title;        ///< family name for people, e.g. "EnCodec"
  std::string backend;      ///< "native", "torchscript", or "fitted" (codebooks come from a fit_codec task)
  std::string quantizer;    ///< "MVQ", "SVQ" or "SQ" (paper section IV-A)
  std::string auxiliary;    ///< "None", "SEM" or "Disent"
  std::string decoder;      ///< "Time" or "Freq"
  int64_t sample_rate = 0;  ///< Hz
  int64_t hop = 0;          ///< samples a frame
  double frame_rate = 0;    ///< frames a second
  int64_t codebooks = 0;
  int64_t codebook_size = 0;
  double bitrate_kbps = 0;
  std::string license;
  std::string source;  ///< official repository
  std::vector<WeightFile> weights;
  std::vector<std::string>
      unused;  ///< tensors of the files that inference does not use: names, where * stands for any text
  /// The family's numbers, read through Config (config.h); null when the card has none. A pointer, because assigning a
  /// YAML::Node makes an alias of the node assigned to.
  std::shared_ptr<const YAML::Node> config;
  std::filesystem::path file;  ///< the card itself, for error sentences
};

/// Reads a card. Throws Error naming file, line and key for a missing or mistyped one.
Card read_card(const std::filesystem::path& file);

/// The card with the numbers of `overlay` (a YAML file shaped like `config`) in place of its own. Throws Error naming
/// the overlay and the key for a key that the card's config lacks.
Card with_config(Card card, const std::filesystem::path& overlay);
/// The same from a node; `origin` names it in sentences.
Card with_config(Card card, const YAML::Node& overlay, const std::filesystem::path& origin);

/// The card with the model's own numbers: wherever `text`, the YAML configuration that came with its weights, has a
/// value or list under a key of the card's config, that one stands in place of the card's. What else the text holds is
/// left out, and so is what it leaves open (OmegaConf's ${...}). `origin` names the text in the sentence of an Error.
Card with_published_config(Card card, const std::string& text, const std::string& origin);

/// Folder of the cards: $CFO_CODECS, else codecs/ of graphs_folder() (base/installation.h).
std::filesystem::path card_folder();

/// All cards of `card_folder()`, sorted by name. Reads the folder once per process.
const std::vector<Card>& all_cards();

/// The card called `name`; throws Error with the nearest known name.
const Card& find_card(const std::string& name);

/// Whether the card says that inference does not use the tensor `name` of its files.
bool is_unused(const Card& card, std::string_view name);

}  // namespace cfo::codecs
