#include <ATen/ATen.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "bench/speed/codec_speed.h"
#include "bench/speed/run_speed.h"
#include "nodes/networks/codecs/card.h"
#include "nodes/weights/store.h"
#include "storage/run_folder/layout.h"

namespace cfo::bench {
namespace {

namespace fs = std::filesystem;

bool is_codec(const std::string& name) {
  const auto& cards = codecs::all_cards();
  return std::any_of(cards.begin(), cards.end(), [&](const codecs::Card& card) { return card.name == name; });
}

/// Seconds of audio that went through each codec: one part of a flow's unit id is the codec's name.
std::map<std::string, double> audio_by_codec(const RunSpeed& speed) {
  std::map<std::string, double> audio;
  for (const auto& [unit, seconds] : speed.audio_of_unit) {
    for (const auto& part : fs::path(unit)) {
      if (is_codec(part.string())) audio[part.string()] += seconds;
    }
  }
  return audio;
}

/// The fitted codebooks that the run's models/ folder holds for `codec`, if any.
std::optional<fs::path> tables_in(const fs::path& run, const std::string& codec) {
  const fs::path tables = run / storage::models_folder / (codec + ".tables.safetensors");
  return fs::exists(tables) ? std::optional(tables) : std::nullopt;
}

}  // namespace

RunOperations operations_of(const RunSpeed& speed, const fs::path& run) {
  RunOperations operations;
  for (const auto& [name, seconds] : audio_by_codec(speed)) {
    try {
      const auto codec = weights::load_codec(codecs::find_card(name), "cpu", tables_in(run, name));
      operations.flops += count_codec(*codec) * seconds;
    } catch (const Error& error) {
      operations.left_out.push_back(fmt::format("{} ({})", name, error.what()));
    }
  }
  return operations;
}

}  // namespace cfo::bench
