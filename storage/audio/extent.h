// Where the audio of a file ends, by its own headers: libsndfile takes a length for true that was left open, and stores
// short what was cut off.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cfo::storage {

/// Bytes that are to be read in place of those at `offset` of a file.
struct Overlay {
  std::uint64_t offset = 0;
  std::string bytes;
};

/// WAV, RF64, Wave64, AIFF, AU, SPHERE and Ogg; of other files nothing is known.
struct AudioExtent {
  /// Programs that write to a pipe leave the length open: 0, 0xFFFFFFFF, or something near 2 GB. The audio then goes to
  /// the end of the file, and with these overlays the headers say so.
  std::vector<Overlay> mended;
};

/// Throws Error naming the file when it provably ends before its audio does.
AudioExtent audio_extent(const std::filesystem::path& path);

}  // namespace cfo::storage
