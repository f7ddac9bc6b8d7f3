// What libsndfile forgives in WAV files and CFO does not: a data chunk that is longer than the file, or none.
#pragma once

#include <filesystem>

namespace cfo::storage {

/// Throws Error naming the file when it is a RIFF/WAVE file whose data chunk promises more bytes than the file has, or
/// that ends before it. Files of other kinds, and streamed WAV files that leave the length open (0 or 0xFFFFFFFF),
/// pass.
void check_riff_is_whole(const std::filesystem::path& path);

}  // namespace cfo::storage
