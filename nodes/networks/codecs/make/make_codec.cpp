#include "nodes/networks/codecs/make/make_codec.h"

#include <algorithm>

#include "base/error.h"
#include "base/nearest.h"

namespace cfo::codecs {

std::vector<std::string> implemented_families() {
  std::vector<std::string> keys;
  for (const auto& family : all_families()) keys.emplace_back(family.key);
  return keys;
}

bool is_implemented(const Card& card) {
  if (card.backend == "torchscript") return true;
  const auto& families = all_families();
  return std::any_of(families.begin(), families.end(), [&](const Family& family) { return family.key == card.family; });
}

std::unique_ptr<Codec> make_codec(const Card& card, const tensors::WeightScope& weights, c10::Device device) {
  const auto& families = all_families();
  const auto found =
      std::find_if(families.begin(), families.end(), [&](const Family& family) { return family.key == card.family; });
  if (found == families.end()) {
    throw Error("codec '{}': the family '{}' is not implemented in this build{}", card.name, card.family,
                suggestion(card.family, implemented_families()));
  }
  return found->make(card, weights.on(device));
}

}  // namespace cfo::codecs
