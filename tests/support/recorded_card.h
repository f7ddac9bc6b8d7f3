// The card that a golden record was made with: records of very large models are shrunk, and tests/shrunk/MODEL.yaml
// holds their numbers.
#pragma once

#include <filesystem>
#include <string>

#include "nodes/networks/codecs/card.h"

namespace cfo::test {

inline codecs::Card recorded_card(const std::string& model) {
  const auto& card = codecs::find_card(model);
  const auto numbers = std::filesystem::path(CFO_SOURCE_DIR) / "tests" / "shrunk" / (model + ".yaml");
  return std::filesystem::exists(numbers) ? codecs::with_config(card, numbers) : card;
}

}  // namespace cfo::test
