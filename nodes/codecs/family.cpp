#include "nodes/codecs/family.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/nearest.h"
#include "nodes/codecs/audiodec.h"
#include "nodes/codecs/bigcodec.h"
#include "nodes/codecs/dac.h"
#include "nodes/codecs/encodec.h"
#include "nodes/codecs/facodec.h"
#include "nodes/codecs/freqcodec.h"
#include "nodes/codecs/funcodec.h"
#include "nodes/codecs/hificodec.h"
#include "nodes/codecs/hilcodec.h"
#include "nodes/codecs/llm_codec.h"
#include "nodes/codecs/mdct.h"
#include "nodes/codecs/mimi.h"
#include "nodes/codecs/semanticodec.h"
#include "nodes/codecs/snac.h"
#include "nodes/codecs/socodec.h"
#include "nodes/codecs/spectralcodec.h"
#include "nodes/codecs/speechtokenizer.h"
#include "nodes/codecs/sqcodec.h"
#include "nodes/codecs/vocos.h"
#include "nodes/codecs/wavtokenizer.h"
#include "nodes/codecs/xcodec.h"

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
