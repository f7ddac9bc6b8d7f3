// Where the files of a run folder are.
#pragma once

#include <filesystem>
#include <vector>

namespace cfo::storage {

/// The shards of a run, RUN/shards/**/NNNNN.h5, sorted; unfinished ones (*.partial) are left out. Throws Error when RUN
/// has no folder `shards`.
std::vector<std::filesystem::path> list_shards(const std::filesystem::path& run);

}  // namespace cfo::storage
