// A codec family: what its models share, and how a model is made of a card and its weights.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// What a folder codecs/NAME gives to the list of families: its file NAME.cpp defines
///
///     std::vector<Family> NAME_families() { return {{"key", make}}; }
///
/// The build finds the folders by listing (make/CMakeLists.txt): no table names them. See docs/add-a-codec.md.
struct Family {
  std::string_view key;  ///< `family` of the cards
  /// Makes `card`'s codec of tensors by their official names. Throws Error for a missing or misshapen tensor and for a
  /// missing or mistyped number of the card.
  std::unique_ptr<Codec> (*make)(const Card& card, const tensors::WeightScope& weights);
};

}  // namespace cfo::codecs
