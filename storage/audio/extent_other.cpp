// AIFF (Apple, 1989), AU (Sun/NeXT), NIST SPHERE and Ogg (RFC 3533).
#include <charconv>
#include <set>
#include <sstream>

#include "base/error.h"
#include "storage/audio/extent_parts.h"

namespace cfo::storage::extent {

AudioExtent of_aiff(Bytes& bytes) {
  constexpr std::uint64_t chunk_header = 8, before_samples = 8;  // the offset and the block size
  std::uint64_t comm = 0;
  for (std::uint64_t at = 12; at + chunk_header <= bytes.size();) {
    const std::uint64_t length = bytes.big(at + 4, 4).value_or(0);
    const std::uint64_t there = bytes.size() - at - chunk_header;
    if (bytes.has(at, "COMM")) comm = at + chunk_header;
    if (bytes.has(at, "SSND")) {
      const bool open =
          (length <= before_samples && there > before_samples) || (length > there && length >= 0x7F000000);
      if (!open && length > there) throw_cut_off(bytes, there, length);
      const std::uint64_t channels = bytes.big(comm, 2).value_or(0), bits = bytes.big(comm + 6, 2).value_or(0);
      const std::uint64_t frame = channels * ((bits + 7) / 8);
      if (!open || comm == 0 || frame == 0 || there < before_samples) return {};
      return {{{4, big_bytes(bytes.size() - chunk_header, 4)},
               {comm + 2, big_bytes((there - before_samples) / frame, 4)},
               {at + 4, big_bytes(there, 4)}}};
    }
    at += chunk_header + length + length % 2;
  }
  throw_no_audio(bytes);
}

AudioExtent of_au(Bytes& bytes) {
  const auto first = bytes.big(4, 4), length = bytes.big(8, 4);
  if (!first || !length || *first > bytes.size()) throw_no_audio(bytes);
  const std::uint64_t there = bytes.size() - *first;
  if (*length > there && !is_open(*length)) throw_cut_off(bytes, there, *length);
  if (*length > there || (*length == 0 && there > 0)) return {{{8, big_bytes(there, 4)}}};
  return {};
}

AudioExtent of_sphere(Bytes& bytes) {
  std::istringstream header(bytes.at(0, 1 << 16));
  std::string line;
  std::uint64_t header_bytes = 0, samples = 0, channels = 1, width = 0;
  const auto number = [](const std::string& text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  std::getline(header, line);
  if (std::getline(header, line))
    header_bytes = number(line.substr(std::min(line.find_first_not_of(' '), line.size())));
  while (std::getline(header, line) && line != "end_head") {
    std::istringstream words(line);
    std::string name, type, value;
    words >> name >> type >> value;
    if (name == "sample_count") samples = number(value);
    if (name == "channel_count") channels = number(value);
    if (name == "sample_n_bytes") width = number(value);
    if (name == "sample_coding" && value.find("embedded") != std::string::npos) return {};  // compressed
  }
  if (header_bytes == 0 || header_bytes > bytes.size()) throw_no_audio(bytes);
  const std::uint64_t there = bytes.size() - header_bytes;
  if (channels > 1024 || width > 16 || samples > UINT64_MAX / (1024 * 16)) return {};
  if (const std::uint64_t promised = samples * channels * width; promised > there)
    throw_cut_off(bytes, there, promised);
  return {};
}

AudioExtent of_ogg(Bytes& bytes) {
  constexpr std::uint64_t header = 27;
  constexpr unsigned first_page = 2, last_page = 4;
  std::set<std::uint64_t> unfinished;  // serial numbers of streams
  std::uint64_t at = 0;
  while (at + header <= bytes.size() && bytes.has(at, "OggS")) {
    const auto flags = bytes.little(at + 5, 1).value_or(0), serial = bytes.little(at + 14, 4).value_or(0);
    const std::string segments = bytes.at(at + header, bytes.little(at + 26, 1).value_or(0));
    std::uint64_t length = header + segments.size();
    for (const char segment : segments) length += static_cast<unsigned char>(segment);
    if (at + length > bytes.size()) break;
    if ((flags & first_page) != 0) unfinished.insert(serial);
    if ((flags & last_page) != 0) unfinished.erase(serial);
    at += length;
  }
  if (unfinished.empty()) return {};
  throw Error("{}: is cut off: the last page of its Ogg stream is not there; copy it again from its source",
              bytes.path().string());
}

}  // namespace cfo::storage::extent
