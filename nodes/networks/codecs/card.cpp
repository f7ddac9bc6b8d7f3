#include "nodes/networks/codecs/card.h"

#include <algorithm>

#include "base/error.h"
#include "base/installation.h"
#include "base/nearest.h"
#include "base/pattern.h"
#include "nodes/networks/codecs/card_fields.h"

namespace cfo::codecs {
namespace {

void lay_over(YAML::Node config, const YAML::Node& overlay, const std::filesystem::path& file,
              const std::string& path) {
  for (const auto& entry : overlay) {
    const auto key = entry.first.as<std::string>();
    if (!config.IsMap() || !config[key].IsDefined()) {
      throw Error("{}:{}: the card has no '{}.{}' to replace", file.string(), entry.first.Mark().line + 1, path, key);
    }
    if (entry.second.IsMap()) {
      lay_over(config[key], entry.second, file, path + "." + key);
    } else {
      config[key] = entry.second;
    }
  }
}

bool is_open(const YAML::Node& value) { return value.IsScalar() && value.Scalar().starts_with("${"); }

void take_known(YAML::Node config, const YAML::Node& published) {
  if (!config.IsMap() || !published.IsMap()) return;
  std::vector<std::string> keys;
  for (const auto& entry : config) keys.push_back(entry.first.as<std::string>());
  for (const auto& key : keys) {
    const auto found = published[key];
    if (!found.IsDefined() || found.Type() != config[key].Type()) continue;
    if (found.IsMap()) {
      take_known(config[key], found);
    } else if (!is_open(found)) {
      config[key] = YAML::Clone(found);
    }
  }
}

std::vector<Card> read_folder(const std::filesystem::path& folder) {
  std::error_code unreadable;
  std::vector<Card> cards;
  for (const auto& entry : std::filesystem::directory_iterator(folder, unreadable)) {
    if (entry.path().extension() == ".yaml") cards.push_back(read_card(entry.path()));
  }
  if (cards.empty())
    throw Error(
        "{}: there are no codec cards; set CFO_GRAPHS to the folder graphs of CFO, or CFO_CODECS to a folder of cards",
        folder.string());
  std::sort(cards.begin(), cards.end(), [](const Card& a, const Card& b) { return a.name < b.name; });
  return cards;
}

}  // namespace

Card read_card(const std::filesystem::path& file) {
  CardFields fields(file, parse_card(file));
  Card card;
  card.file = file;
  card.name = fields.required<std::string>("name");
  if (card.name != file.stem().string()) {
    throw Error("{}: the card is called '{}'; a card's name is its file name", file.string(), card.name);
  }
  card.letter = fields.optional<std::string>("letter", "");
  card.family = fields.required<std::string>("family");
  card.title = fields.required<std::string>("title");
  card.backend = fields.one_of("backend", {"native", "torchscript", "fitted"});
  card.quantizer = fields.one_of("quantizer", {"MVQ", "SVQ", "SQ"});
  card.auxiliary = fields.one_of("auxiliary", {"None", "SEM", "Disent"});
  card.decoder = fields.one_of("decoder", {"Time", "Freq"});
  card.sample_rate = fields.positive<int64_t>("sample_rate");
  card.hop = fields.positive<int64_t>("hop");
  card.frame_rate = fields.positive<double>("frame_rate");
  card.codebooks = fields.positive<int64_t>("codebooks");
  card.codebook_size = fields.positive<int64_t>("codebook_size");
  card.bitrate_kbps = fields.positive<double>("bitrate_kbps");
  card.license = fields.required<std::string>("license");
  card.source = fields.required<std::string>("source");
  card.weights = fields.weight_files("weights");
  card.unused = fields.optional<std::vector<std::string>>("unused", {});
  if (const auto config = fields.child("config"); config.IsDefined())
    card.config = std::make_shared<YAML::Node>(config);
  fields.finish();
  return card;
}

Card with_config(Card card, const std::filesystem::path& overlay) {
  return with_config(std::move(card), parse_card(overlay), overlay);
}

Card with_config(Card card, const YAML::Node& overlay, const std::filesystem::path& origin) {
  auto config = card.config ? YAML::Clone(*card.config) : YAML::Node();
  lay_over(config, overlay, origin, "config");
  card.config = std::make_shared<YAML::Node>(config);
  return card;
}

Card with_published_config(Card card, const std::string& text, const std::string& origin) {
  if (!card.config) return card;
  auto config = YAML::Clone(*card.config);
  try {
    take_known(config, YAML::Load(text));
  } catch (const YAML::Exception& error) {
    throw Error("{}:{}: the model's configuration is not valid YAML: {}", origin, error.mark.line + 1, error.msg);
  }
  card.config = std::make_shared<YAML::Node>(config);
  return card;
}

std::filesystem::path card_folder() { return in_graphs_folder("codecs", "CFO_CODECS"); }

const std::vector<Card>& all_cards() {
  static const std::vector<Card> cards = read_folder(card_folder());
  return cards;
}

const Card& find_card(const std::string& name) {
  const auto& cards = all_cards();
  const auto found = std::find_if(cards.begin(), cards.end(), [&](const Card& card) { return card.name == name; });
  if (found != cards.end()) return *found;
  std::vector<std::string> names;
  for (const auto& card : cards) names.push_back(card.name);
  throw Error("there is no codec '{}' in {}{}", name, card_folder().string(), suggestion(name, names));
}

bool is_unused(const Card& card, std::string_view name) {
  return std::any_of(card.unused.begin(), card.unused.end(),
                     [&](const std::string& pattern) { return matches(pattern, name); });
}

}  // namespace cfo::codecs
