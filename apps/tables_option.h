// The option --tables of programs that load one codec.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/error.h"
#include "nodes/networks/codecs/card.h"

namespace cfo::apps {

/// The fitted codebooks to load `card` with: none for a codec whose weights are published. Throws Error when a fitted
/// codec has none given, or a file that is not there.
inline std::optional<std::filesystem::path> tables_for(const codecs::Card& card, const std::string& given) {
  if (card.backend != "fitted") return std::nullopt;
  if (given.empty()) {
    throw Error(
        "codec '{0}' needs its fitted codebooks: give --tables RUN/models/{0}.tables.safetensors of a run that fitted "
        "it",
        card.name);
  }
  if (!std::filesystem::exists(given))
    throw Error("{}: no such file; --tables needs the fitted codebooks of {}", given, card.name);
  return given;
}

}  // namespace cfo::apps
