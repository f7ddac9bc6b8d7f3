// What the parts of extent.h share. Internal to storage/audio.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "storage/audio/extent.h"

namespace cfo::storage::extent {

/// A file's bytes by their place.
class Bytes {
 public:
  explicit Bytes(const std::filesystem::path& path);
  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  /// `count` bytes at `offset`, fewer at the end of the file.
  std::string at(std::uint64_t offset, std::size_t count);
  bool has(std::uint64_t offset, std::string_view expected) { return at(offset, expected.size()) == expected; }
  /// An unsigned number of `width` bytes; nothing past the end of the file.
  std::optional<std::uint64_t> little(std::uint64_t offset, std::size_t width);
  std::optional<std::uint64_t> big(std::uint64_t offset, std::size_t width);

 private:
  std::filesystem::path path_;
  std::ifstream file_;
  std::uint64_t size_ = 0;
};

/// True for the 32-bit lengths that programs write when they do not know the length yet: 0xFFFFFFFF and a little less
/// (less the headers), 0x7FFFFFFF, 0x80000000, 0x7FFFF000 (sox), 0x7FFF0000 (GStreamer), with or without headers; and 0.
bool is_open(std::uint64_t length);

/// `number` in `width` bytes.
std::string little_bytes(std::uint64_t number, std::size_t width);
std::string big_bytes(std::uint64_t number, std::size_t width);

[[noreturn]] void throw_cut_off(const Bytes& bytes, std::uint64_t there, std::uint64_t promised);
[[noreturn]] void throw_no_audio(const Bytes& bytes);

/// Each for a file that begins as its format does.
AudioExtent of_riff(Bytes& bytes);    ///< RIFF/WAVE and RF64
AudioExtent of_wave64(Bytes& bytes);  ///< Sony Wave64
AudioExtent of_aiff(Bytes& bytes);
AudioExtent of_au(Bytes& bytes);
AudioExtent of_sphere(Bytes& bytes);
AudioExtent of_ogg(Bytes& bytes);

}  // namespace cfo::storage::extent
