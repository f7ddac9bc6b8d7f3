#include "nodes/networks/codecs/dac/dac.h"

#include "base/error.h"
#include "nodes/networks/codecs/dac/dac_codec.h"
#include "nodes/networks/codecs/dac/dac_command.h"

namespace cfo::codecs {

std::unique_ptr<Codec> make_dac(const Card& card, const layers::WeightScope& weights) {
  const DacPlaces places = {weights / "encoder", weights / "quantizer.quantizers", weights / "decoder"};
  const auto processing = Config(card).get<std::string>("processing");
  if (processing == "command") return make_dac_command(card, places);
  if (processing == "plain") return make_dac_codec(card, places, WholeFrames::nothing);
  throw Error("{}: 'config.processing' is '{}'; it is plain or command", card.file.string(), processing);
}

}  // namespace cfo::codecs
