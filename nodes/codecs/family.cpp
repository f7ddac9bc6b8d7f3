#include "nodes/codecs/family.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/nearest.h"
#include "nodes/codecs/audiodec.h"
#include "nodes/codecs/encodec.h"
#include "nodes/codecs/hilcodec.h"
#include "nodes/codecs/mdct.h"
#include "nodes/codecs/sqcodec.h"

namespace cfo::codecs {
namespace {

struct Family {
  std::string_view key;
  std::unique_ptr<Codec> (*make)(const Card&, const layers::WeightScope&);
};

constexpr std::array families = {
    Family{"audiodec", make_audiodec},
    Family{"encodec", make_encodec},
    Family{"hilcodec", make_hilcodec},
    Family{"mdct_fsq", make_mdct},
    Family{"mdct_rvq", make_mdct},
    Family{"mdct_vq", make_mdct},
    Family{"sqcodec", make_sqcodec},
};

}  // namespace

std::vector<std::string> implemented_families() {
  std::vector<std::string> keys;
  for (const auto& family : families) keys.emplace_back(family.key);
  return keys;
}

std::unique_ptr<Codec> make_codec(const Card& card, const layers::WeightScope& weights, c10::Device device) {
  const auto found = std::find_if(families.begin(), families.end(),
                                  [&](const Family& family) { return family.key == card.family; });
  if (found == families.end()) {
    throw Error("codec '{}': the family '{}' is not implemented in this build{}", card.name, card.family,
                suggestion(card.family, implemented_families()));
  }
  return found->make(card, weights.on(device));
}

}  // namespace cfo::codecs
