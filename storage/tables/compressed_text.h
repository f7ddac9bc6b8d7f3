// Text files that may be compressed. For use inside storage/.
#pragma once

#include <filesystem>
#include <string>

namespace cfo::storage {

/// The text of a plain or compressed file (gz, xz, bz2, zst; by content). Throws Error naming the file when it is
/// missing, cut off or damaged.
std::string read_compressed_text(const std::filesystem::path& path);

}  // namespace cfo::storage
