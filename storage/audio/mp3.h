// MP3 through libmpg123: libsndfile believes an estimate of the length where no header has one, and stops there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>

namespace cfo::storage {

/// True for a file that begins as an MP3 stream does: with an ID3 tag or a frame of MPEG audio (layer I, II or III).
bool is_mp3(const std::filesystem::path& path);

struct Mp3Format {
  int64_t sample_rate = 0;
  int channels = 0;
  std::optional<int64_t> frames;  ///< by its Xing, Info or VBRI header; without one the length is not known
};

/// Throws Error naming the file when it is no MP3.
Mp3Format mp3_format(const std::filesystem::path& path);

/// Decodes to the end of the file; `take` gets interleaved samples, block by block. What the encoder's header counts as
/// delay and padding is left out. Throws Error naming the file when it is no MP3, or changes its rate or channels.
Mp3Format decode_mp3(const std::filesystem::path& path, const std::function<void(std::span<const float>)>& take);

}  // namespace cfo::storage
