// Descript Audio Codec (Kumar et al. 2023, "High-Fidelity Audio Compression with Improved RVQGAN";
// descriptinc/descript-audio-codec).
#include "base/error.h"
#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/codecs/dac/dac_codec.h"
#include "nodes/networks/codecs/dac/dac_command.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {
namespace {

/// config.processing plain, the network from Python (DAC.preprocess, encode, decode): the wave is zero-padded on the
/// right to whole frames; latent [B, latent, F]; one stream of card.codebooks codes a frame; audio untrimmed, 320 F - 8
/// samples at 24 kHz (the odd stride gives one sample less at its rate). config.processing command: as the official
/// command does around it (dac_command.h). Tensors by the names of weights_24khz.pth. Throws Error for a missing or
/// misshapen tensor or config key.
std::unique_ptr<Codec> make_dac(const Card& card, const tensors::WeightScope& weights) {
  const DacPlaces places = {weights / "encoder", weights / "quantizer.quantizers", weights / "decoder"};
  const auto processing = Config(card).get<std::string>("processing");
  if (processing == "command") return make_dac_command(card, places);
  if (processing == "plain") return make_dac_codec(card, places, WholeFrames::nothing);
  throw Error("{}: 'config.processing' is '{}'; it is plain or command", card.file.string(), processing);
}

}  // namespace

std::vector<Family> dac_families() { return {{"dac", make_dac}}; }

}  // namespace cfo::codecs
