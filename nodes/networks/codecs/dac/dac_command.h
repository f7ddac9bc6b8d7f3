// What the official command of the Descript Audio Codec does around its network (descriptinc/descript-audio-codec,
// dac/model/base.py, compress and decompress): one loudness for all recordings, and chunks for long ones.
#pragma once

#include <memory>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/codecs/dac/dac_codec.h"

namespace cfo::codecs {

/// The recording is brought to config.loudness dB (BS.1770; peaks above 1 are scaled down) and back to its own loudness
/// after decoding (kept in extras "loudness" [B]). What is longer than config.window seconds is coded in chunks by the
/// network without padding: fewer frames a second of chunk, the chunks' frames one after the other. Audio has the
/// input's length, or up to 8 samples less where it is one chunk (the network gives 320 F - 8; the official program
/// stops with an error there). Throws Error for a missing or misshapen tensor or config key.
std::unique_ptr<Codec> make_dac_command(const Card& card, const DacPlaces& places);

}  // namespace cfo::codecs
