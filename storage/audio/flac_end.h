// FLAC files whose header does not tell how many samples there are.
#pragma once

#include <filesystem>

namespace cfo::storage {

/// Throws Error naming the file when a FLAC stream ends within a frame. Where the header counts the samples this is not
/// needed: the count tells.
void check_flac_end(const std::filesystem::path& path);

}  // namespace cfo::storage
