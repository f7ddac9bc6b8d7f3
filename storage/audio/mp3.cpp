#include "storage/audio/mp3.h"

#include <mpg123.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

struct Closer {
  void operator()(mpg123_handle* handle) const {
    mpg123_close(handle);
    mpg123_delete(handle);
  }
};
using Handle = std::unique_ptr<mpg123_handle, Closer>;

[[noreturn]] void throw_damaged(const fs::path& path, mpg123_handle* handle) {
  throw Error("{}: is a damaged MP3 file ({}); copy it again from its source", path.string(), mpg123_strerror(handle));
}

Handle open(const fs::path& path) {
  static const int initialised = mpg123_init();
  int problem = initialised;
  Handle handle(problem == MPG123_OK ? mpg123_new(nullptr, &problem) : nullptr);
  if (!handle) throw Error("{}: libmpg123 cannot be used ({})", path.string(), mpg123_plain_strerror(problem));
  mpg123_param(handle.get(), MPG123_ADD_FLAGS, MPG123_FORCE_FLOAT | MPG123_QUIET | MPG123_GAPLESS, 0);
  mpg123_param(handle.get(), MPG123_REMOVE_FLAGS, MPG123_AUTO_RESAMPLE, 0);
  mpg123_param(handle.get(), MPG123_RESYNC_LIMIT, -1, 0);  // tags and damage of any length are passed over
  if (mpg123_open(handle.get(), path.c_str()) != MPG123_OK) throw_damaged(path, handle.get());
  return handle;
}

/// What an ID3v2 tag at the start of a file takes, 0 without one.
std::size_t tag_bytes(std::string_view head) {
  if (head.size() < 10 || !head.starts_with("ID3")) return 0;
  std::size_t bytes = 0;
  for (std::size_t i = 6; i < 10; ++i) bytes = bytes << 7 | (static_cast<unsigned char>(head[i]) & 0x7F);
  return bytes + 10 + ((static_cast<unsigned char>(head[5]) & 0x10) != 0 ? 10 : 0);
}

std::string bytes_at(const fs::path& path, std::size_t offset, std::size_t count) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(count, '\0');
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(bytes.data(), static_cast<std::streamsize>(count));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file.gcount())));
  return bytes;
}

bool is_frame(std::string_view bytes) {
  if (bytes.size() < 4) return false;
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  return at(0) == 0xFF && (at(1) & 0xE0) == 0xE0 && (at(1) & 0x18) != 0x08 && (at(1) & 0x06) != 0 &&
         (at(2) & 0xF0) != 0xF0 && (at(2) & 0x0C) != 0x0C;
}

/// Whether the first frame is one that tells the length. Its place in the frame depends on version and channels; the
/// words stand nowhere else so early.
bool tells_length(const fs::path& path) {
  const std::size_t tag = tag_bytes(bytes_at(path, 0, 10));
  const std::string first = bytes_at(path, tag, 64);
  constexpr std::array words = {"Xing", "Info", "VBRI"};
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return first.find(word) != std::string::npos; });
}

Mp3Format format_of(const fs::path& path, mpg123_handle* handle) {
  long rate = 0;
  int channels = 0, encoding = 0;
  if (mpg123_getformat(handle, &rate, &channels, &encoding) != MPG123_OK) throw_damaged(path, handle);
  Mp3Format format{rate, channels, std::nullopt};
  if (const off_t length = mpg123_length(handle); tells_length(path) && length > 0) format.frames = length;
  return format;
}

}  // namespace

bool is_mp3(const fs::path& path) {
  const std::string head = bytes_at(path, 0, 10);
  if (!head.starts_with("ID3")) return is_frame(head);
  const std::string behind_tag = bytes_at(path, tag_bytes(head), 4);
  return behind_tag != "fLaC" && behind_tag != "RIFF" && behind_tag != "OggS";
}

Mp3Format mp3_format(const fs::path& path) { return format_of(path, open(path).get()); }

Mp3Format decode_mp3(const fs::path& path, const std::function<void(std::span<const float>)>& take) {
  const Handle handle = open(path);
  const Mp3Format format = format_of(path, handle.get());
  std::vector<float> block(static_cast<std::size_t>(format.channels) << 14);
  for (;;) {
    std::size_t bytes = 0;
    const int state =
        mpg123_read(handle.get(), reinterpret_cast<unsigned char*>(block.data()), block.size() * sizeof(float), &bytes);
    take(std::span(block).first(bytes / sizeof(float)));
    if (state == MPG123_DONE) return format;
    if (state == MPG123_NEW_FORMAT) {
      const Mp3Format now = format_of(path, handle.get());
      if (now.sample_rate != format.sample_rate || now.channels != format.channels)
        throw Error("{}: changes its sample rate or channels on the way; make it again with ffmpeg", path.string());
    } else if (state != MPG123_OK) {
      throw_damaged(path, handle.get());
    }
  }
}

}  // namespace cfo::storage
