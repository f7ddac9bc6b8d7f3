// The keys of a card file, taken one by one; what is missing, mistyped or unknown is told with file and line.
#pragma once

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "nodes/networks/codecs/card.h"

namespace cfo::codecs {

/// The YAML of a card. Throws Error naming the file (and line) when it cannot be read or is no YAML.
YAML::Node parse_card(const std::filesystem::path& file);

/// One mapping of a card file: fields are taken by key, and a key that nobody asks for is a mistake.
///
///     CardFields fields(file, parse_card(file));
///     const auto name = fields.required<std::string>("name");
///     fields.finish();
class CardFields {
 public:
  CardFields(const std::filesystem::path& file, YAML::Node node);

  template <typename T>
  T required(const std::string& key) {
    const auto found = child(key);
    if (!found.IsDefined()) throw Error("{}: the key '{}' is missing; every card has it", file_.string(), key);
    return as<T>(key, found);
  }

  template <typename T>
  T optional(const std::string& key, T fallback) {
    const auto found = child(key);
    return found.IsDefined() ? as<T>(key, found) : fallback;
  }

  template <typename T>
  T positive(const std::string& key) {
    const auto value = required<T>(key);
    if (!(value > 0)) throw Error("{}:{}: {} is {} but must be above 0", file_.string(), line(child(key)), key, value);
    return value;
  }

  std::string one_of(const std::string& key, const std::vector<std::string>& choices);

  /// The published files listed at `key`.
  std::vector<WeightFile> weight_files(const std::string& key);

  YAML::Node child(const std::string& key);

  /// Throws for a key that was never asked for.
  void finish() const;

 private:
  static int line(const YAML::Node& node) { return node.Mark().line + 1; }

  template <typename T>
  T as(const std::string& key, const YAML::Node& node) const {
    try {
      return node.as<T>();
    } catch (const YAML::Exception&) {
      throw Error("{}:{}: the value of '{}' has the wrong type", file_.string(), line(node), key);
    }
  }

  std::filesystem::path file_;
  YAML::Node node_;
  std::vector<std::string> known_;
};

}  // namespace cfo::codecs
