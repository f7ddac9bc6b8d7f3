// How fast a checkpoint is read, and a network built from it, and what memory that takes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nodes/networks/codecs/card.h"

namespace cfo::bench {

/// One way to load a file, in a process of its own, the file in the page cache: the fastest of the repetitions.
struct LoadStage {
  std::string name;       ///< "open": names and shapes are known; "read": every page was touched; "network": built
  double seconds = 0;     ///< of wall time
  std::int64_t peak = 0;  ///< bytes by which the resident set grew at most, the mapped file's pages among them
  std::int64_t own = 0;   ///< bytes of it that are the process's own (anonymous) at the end
};

struct LoadSpeed {
  std::filesystem::path file;
  std::string container;
  std::uint64_t bytes = 0;  ///< of the file
  std::vector<LoadStage> stages;
};

/// Measures one file; `card`: of the codec that its tensors are all the weights of, by full names. Throws Error as
/// storage::read_checkpoint and codecs::make_codec.
LoadSpeed measure_load(const std::filesystem::path& file, const codecs::Card* card, int repeat);

/// Writes seeded_weights of `like` and `model` into `folder` as seeded.pt, seeded_legacy.pt and seeded.safetensors;
/// returns them. Throws Error as seeded_weights, and when the folder cannot take them.
std::vector<std::filesystem::path> write_seeded_checkpoints(const std::filesystem::path& like, const std::string& model,
                                                            const std::filesystem::path& folder);

}  // namespace cfo::bench
