// RIFF/WAVE (Microsoft, "Multimedia Programming Interface and Data Specifications 1.0"), RF64 (EBU Tech 3306) and Sony
// Wave64: chunks with little-endian lengths.
#include <algorithm>
#include <cctype>

#include "storage/audio/extent_parts.h"

namespace cfo::storage::extent {
namespace {

constexpr std::uint64_t riff_header = 12, chunk_header = 8;
constexpr std::uint64_t in_ds64 = 0xFFFFFFFF;  ///< RF64: the length stands in the chunk ds64

/// Whether chunks follow one another from `at` to the end of the file: then an empty data chunk is empty, not open.
bool chunks_follow(Bytes& bytes, std::uint64_t at) {
  if (at == bytes.size()) return true;
  while (at + chunk_header <= bytes.size()) {
    const std::string name = bytes.at(at, 4);
    if (!std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isprint(c) != 0; })) return false;
    const std::uint64_t length = bytes.little(at + 4, 4).value_or(0);
    at += chunk_header + length + length % 2;
    if (at == bytes.size() || at == bytes.size() + length % 2) return true;
  }
  return false;
}

AudioExtent of_data(Bytes& bytes, std::uint64_t at, std::uint64_t length, std::uint64_t ds64) {
  const std::uint64_t first = at + chunk_header, there = bytes.size() - first;
  const bool wide = ds64 > 0 && length == in_ds64;
  const std::uint64_t promised = wide ? bytes.little(ds64 + 8, 8).value_or(0) : length;
  const bool open = promised == 0 ? there > 0 && !chunks_follow(bytes, first)
                                  : promised > there && (is_open(promised) || promised > UINT64_MAX / 2);
  if (open && wide) return {{{ds64 + 8, little_bytes(there, 8)}, {ds64 + 16, little_bytes(0, 8)}}};
  if (open && there < in_ds64)
    return {{{4, little_bytes(std::min(bytes.size() - chunk_header, in_ds64), 4)}, {at + 4, little_bytes(there, 4)}}};
  if (promised > there) throw_cut_off(bytes, there, promised);
  return {};
}

}  // namespace

AudioExtent of_riff(Bytes& bytes) {
  std::uint64_t ds64 = 0;  ///< where its contents begin
  for (std::uint64_t at = riff_header; at + chunk_header <= bytes.size();) {
    const std::uint64_t length = bytes.little(at + 4, 4).value_or(0);
    if (bytes.has(at, "ds64")) ds64 = at + chunk_header;
    if (bytes.has(at, "data")) return of_data(bytes, at, length, ds64);
    at += chunk_header + length + length % 2;
  }
  throw_no_audio(bytes);
}

AudioExtent of_wave64(Bytes& bytes) {
  constexpr std::uint64_t header = 24;  // a GUID, and a length that counts both
  for (std::uint64_t at = header + 16; at + header <= bytes.size();) {
    const std::uint64_t length = bytes.little(at + 16, 8).value_or(0);
    const std::uint64_t there = bytes.size() - at;
    if (bytes.has(at, "data")) {
      const bool open = length <= header ? there > header : length > there && length > INT64_MAX / 2;
      if (open) return {{{16, little_bytes(bytes.size(), 8)}, {at + 16, little_bytes(there, 8)}}};
      if (length > there) throw_cut_off(bytes, there - header, length - header);
      return {};
    }
    if (length < header || length > there) break;
    at += (length + 7) / 8 * 8;
  }
  throw_no_audio(bytes);
}

}  // namespace cfo::storage::extent
