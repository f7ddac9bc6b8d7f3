// Every field that CFO's nodes put on an utterance.
#pragma once

#include <string>
#include <string_view>

#include "engine/kind/field.h"
#include "nodes/networks/codecs/codec.h"
#include "storage/audio/audio.h"
#include "storage/label.h"

namespace cfo::kinds {

/// A number about an utterance that can be stored beside it.
struct Measure {
  double value = 0;                 ///< NaN: not measured
  std::string weights_digest = {};  ///< SHA-256 of the weights that it was made with; "" where it takes none
};

namespace fields {

using engine::planned;

inline constexpr engine::Field<storage::Audio> audio{"audio", "samples in [-1, 1] and their rate"};
inline constexpr engine::Field<std::string> speaker{"speaker", "who speaks, as text"};
inline constexpr engine::Field<storage::Label> label{"label", "bona fide or spoofed"};
inline constexpr engine::Field<codecs::Latent> latent{"latent", "a codec's latent, as tensors"};
inline constexpr engine::Field<codecs::Codes> codes{"codes", "a codec's codes, as streams of integers"};

/// A measure by its name, e.g. one that a graph gives; refers to the name.
constexpr engine::Field<Measure> measure(std::string_view name) { return {name, "a measure, as a number"}; }

inline constexpr engine::Field<Measure> snr_db = measure("snr_db");  ///< signal-to-noise ratio, dB
inline constexpr engine::Field<Measure> utmos = measure("utmos");    ///< naturalness, 1 to 5

}  // namespace fields
}  // namespace cfo::kinds
