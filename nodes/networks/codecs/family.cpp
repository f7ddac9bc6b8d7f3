#include "nodes/networks/codecs/family.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/nearest.h"
#include "nodes/networks/codecs/audiodec/audiodec.h"
#include "nodes/networks/codecs/bigcodec/bigcodec.h"
#include "nodes/networks/codecs/dac/dac.h"
#include "nodes/networks/codecs/encodec/encodec.h"
#include "nodes/networks/codecs/facodec/facodec.h"
#include "nodes/networks/codecs/freqcodec/freqcodec.h"
#include "nodes/networks/codecs/funcodec/funcodec.h"
#include "nodes/networks/codecs/hificodec/hificodec.h"
#include "nodes/networks/codecs/hilcodec/hilcodec.h"
#include "nodes/networks/codecs/llm_codec/llm_codec.h"
#include "nodes/networks/codecs/mdct/mdct.h"
#include "nodes/networks/codecs/mimi/mimi.h"
#include "nodes/networks/codecs/semanticodec/semanticodec.h"
#include "nodes/networks/codecs/snac/snac.h"
#include "nodes/networks/codecs/socodec/socodec.h"
#include "nodes/networks/codecs/spectralcodec/spectralcodec.h"
#include "nodes/networks/codecs/speechtokenizer/speechtokenizer.h"
#include "nodes/networks/codecs/sqcodec/sqcodec.h"
#include "nodes/networks/codecs/vocos/vocos.h"
#include "nodes/networks/codecs/wavtokenizer/wavtokenizer.h"
#include "nodes/networks/codecs/xcodec/xcodec.h"

namespace cfo::codecs {
namespace {

struct Family {
  std::string_view key;
  std::unique_ptr<Codec> (*make)(const Card&, const layers::WeightScope&);
};

constexpr std::array families = {
    Family{"audiodec", make_audiodec},
    Family{"bigcodec", make_bigcodec},
    Family{"dac", make_dac},
    Family{"encodec", make_encodec},
    Family{"facodec", make_facodec},
    Family{"freqcodec", make_freqcodec},
    Family{"funcodec", make_funcodec},
    Family{"hificodec", make_hificodec},
    Family{"hilcodec", make_hilcodec},
    Family{"languagecodec", make_wavtokenizer},
    Family{"llm_codec", make_llm_codec},
    Family{"mdct_fsq", make_mdct},
    Family{"mdct_rvq", make_mdct},
    Family{"mdct_vq", make_mdct},
    Family{"mimi", make_mimi},
    Family{"semanticodec", make_semanticodec},
    Family{"snac", make_snac},
    Family{"socodec", make_socodec},
    Family{"spectralcodec", make_spectralcodec},
    Family{"speechtokenizer", make_speechtokenizer},
    Family{"sqcodec", make_sqcodec},
    Family{"ticodec", make_ticodec},
    Family{"vocos", make_vocos},
    Family{"wavtokenizer", make_wavtokenizer},
    Family{"xcodec", make_xcodec},
};

}  // namespace

std::vector<std::string> implemented_families() {
  std::vector<std::string> keys;
  for (const auto& family : families) keys.emplace_back(family.key);
  return keys;
}

std::unique_ptr<Codec> make_codec(const Card& card, const layers::WeightScope& weights, c10::Device device) {
  const auto found =
      std::find_if(families.begin(), families.end(), [&](const Family& family) { return family.key == card.family; });
  if (found == families.end()) {
    throw Error("codec '{}': the family '{}' is not implemented in this build{}", card.name, card.family,
                suggestion(card.family, implemented_families()));
  }
  return found->make(card, weights.on(device));
}

}  // namespace cfo::codecs
