#include "nodes/networks/codecs/card_fields.h"

#include <algorithm>

#include "base/nearest.h"

namespace cfo::codecs {
namespace {

namespace fs = std::filesystem;

/// Whether `text` is a place below a folder: relative, and leading nowhere else.
bool stays_below(const std::string& text) {
  const fs::path path = text;
  return path.is_relative() &&
         std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

bool is_digest(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

WeightFile read_weight_file(const fs::path& card, const YAML::Node& node) {
  const auto refuse = [&](const std::string& what) {
    throw Error("{}:{}: {}", card.string(), node.Mark().line + 1, what);
  };
  CardFields fields(card, node);
  WeightFile weights;
  weights.file = fields.required<std::string>("file");
  weights.folder = fields.optional<std::string>("folder", "");
  weights.container = fields.required<std::string>("container");
  weights.nesting = fields.optional<std::vector<std::string>>("nesting", {});
  weights.prefix = fields.optional<std::string>("prefix", "");
  weights.preferred = fields.optional<bool>("preferred", false);
  weights.url = fields.optional<std::string>("url", "");
  weights.page = fields.optional<std::string>("page", "");
  weights.member = fields.optional<std::string>("member", "");
  weights.size = fields.optional<std::uint64_t>("size", 0);
  weights.sha256 = fields.optional<std::string>("sha256", "");
  fields.finish();
  if (fs::path(weights.file).filename() != weights.file || weights.file.empty() || !stays_below(weights.file) ||
      !stays_below(weights.folder)) {
    refuse("file is a name and folder a place below the weights folder");
  }
  if (!weights.sha256.empty() && !is_digest(weights.sha256)) refuse("sha256 has 64 digits of 0-9 and a-f");
  return weights;
}

}  // namespace

YAML::Node parse_card(const fs::path& file) {
  try {
    return YAML::LoadFile(file.string());
  } catch (const YAML::BadFile&) {
    throw Error("{}: the card cannot be read; check the path", file.string());
  } catch (const YAML::Exception& error) {
    throw Error("{}:{}: not valid YAML: {}", file.string(), error.mark.line + 1, error.msg);
  }
}

CardFields::CardFields(const fs::path& file, YAML::Node node) : file_(file), node_(std::move(node)) {
  if (!node_.IsMap()) throw Error("{}:{}: expected 'key: value' lines", file_.string(), line(node_));
}

std::string CardFields::one_of(const std::string& key, const std::vector<std::string>& choices) {
  const auto value = required<std::string>(key);
  if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
    throw Error("{}:{}: {} '{}' is unknown{}", file_.string(), line(child(key)), key, value,
                suggestion(value, choices));
  }
  return value;
}

std::vector<WeightFile> CardFields::weight_files(const std::string& key) {
  std::vector<WeightFile> files;
  for (const auto& node : child(key)) files.push_back(read_weight_file(file_, node));
  return files;
}

YAML::Node CardFields::child(const std::string& key) {
  known_.push_back(key);
  const YAML::Node& node = node_;
  return node[key];
}

void CardFields::finish() const {
  for (const auto& entry : node_) {
    const auto key = entry.first.as<std::string>();
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
      throw Error("{}:{}: a card has no key '{}'{}", file_.string(), line(entry.first), key, suggestion(key, known_));
    }
  }
}

}  // namespace cfo::codecs
