#include "storage/audio/extent.h"

#include <algorithm>

#include "base/error.h"
#include "storage/audio/extent_parts.h"

namespace cfo::storage {
namespace extent {

Bytes::Bytes(const std::filesystem::path& path) : path_(path), file_(path, std::ios::binary) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(path, problem);
  size_ = problem ? 0 : size;
}

std::string Bytes::at(std::uint64_t offset, std::size_t count) {
  if (offset >= size_) return "";
  std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(count, size_ - offset)), '\0');
  file_.clear();
  file_.seekg(static_cast<std::streamoff>(offset));
  file_.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file_.gcount())));
  return bytes;
}

std::optional<std::uint64_t> Bytes::big(std::uint64_t offset, std::size_t width) {
  const std::string bytes = at(offset, width);
  if (bytes.size() < width) return std::nullopt;
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

std::optional<std::uint64_t> Bytes::little(std::uint64_t offset, std::size_t width) {
  const std::string bytes = at(offset, width);
  if (bytes.size() < width) return std::nullopt;
  std::uint64_t number = 0;
  for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte)
    number = number << 8 | static_cast<unsigned char>(*byte);
  return number;
}

bool is_open(std::uint64_t length) {
  constexpr std::uint64_t headers = 0x1000;
  return length == 0 || (length >= 0x7FFF0000 - headers && length <= 0x80000000 + headers) ||
         (length >= 0xFFFFFFFF - headers && length <= 0xFFFFFFFF);
}

std::string little_bytes(std::uint64_t number, std::size_t width) {
  std::string bytes;
  for (std::size_t i = 0; i < width; ++i) bytes += static_cast<char>(number >> (8 * i) & 0xFF);
  return bytes;
}

std::string big_bytes(std::uint64_t number, std::size_t width) {
  std::string bytes = little_bytes(number, width);
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

void throw_cut_off(const Bytes& bytes, std::uint64_t there, std::uint64_t promised) {
  throw Error(
      "{}: is cut off: {} of the {} bytes of audio that its header promises are there; copy it again from its source",
      bytes.path().string(), there, promised);
}

void throw_no_audio(const Bytes& bytes) {
  throw Error("{}: is cut off before its audio begins; copy it again from its source", bytes.path().string());
}

}  // namespace extent

AudioExtent audio_extent(const std::filesystem::path& path) {
  extent::Bytes bytes(path);
  if ((bytes.has(0, "RIFF") || bytes.has(0, "RF64")) && bytes.has(8, "WAVE")) return extent::of_riff(bytes);
  if (bytes.has(0, std::string_view("riff\x2E\x91\xCF\x11", 8))) return extent::of_wave64(bytes);
  if (bytes.has(0, "FORM") && (bytes.has(8, "AIFF") || bytes.has(8, "AIFC"))) return extent::of_aiff(bytes);
  if (bytes.has(0, ".snd")) return extent::of_au(bytes);
  if (bytes.has(0, "NIST_1A\n")) return extent::of_sphere(bytes);
  if (bytes.has(0, "OggS")) return extent::of_ogg(bytes);
  return {};
}

}  // namespace cfo::storage
