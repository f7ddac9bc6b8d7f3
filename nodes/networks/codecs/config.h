// The numbers of a card's `config` section, read with sentences for what is missing or mistyped.
#pragma once

#include <string>
#include <string_view>

#include "nodes/networks/codecs/card.h"

namespace cfo::codecs {

/// A view of one section of a card's `config`:
///
///     const Config config(card);
///     const auto strides = config.get<std::vector<int64_t>>("strides");
///
/// `get` exists for bool, int64_t, double, std::string, vectors of the last three, and vectors of vectors of int64_t.
/// It throws Error naming card file, line and key.
class Config {
 public:
  explicit Config(const Card& card);
  template <typename T>
  T get(std::string_view key) const;
  /// `fallback` where the key is absent.
  template <typename T>
  T get(std::string_view key, T fallback) const;
  bool has(std::string_view key) const;
  Config section(std::string_view key) const;
  /// "FILE: config.SECTION", to begin a sentence with.
  std::string where() const;

 private:
  Config(std::string file, std::string path, YAML::Node node);
  const YAML::Node child(std::string_view key) const;
  std::string file_;
  std::string path_;  ///< "config.quantizer", for sentences
  YAML::Node node_;
};

}  // namespace cfo::codecs
