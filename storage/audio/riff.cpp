#include "storage/audio/riff.h"

#include <array>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string_view>

#include "base/error.h"

namespace cfo::storage {
namespace {

constexpr uint32_t open_length = 0xFFFFFFFF;  // written by programs that stream to a pipe

struct Chunk {
  std::array<char, 4> name{};
  uint32_t size = 0;
  bool is(std::string_view wanted) const { return std::string_view(name.data(), name.size()) == wanted; }
};

std::optional<Chunk> read_chunk(std::ifstream& file) {
  std::array<unsigned char, 8> header{};
  if (!file.read(reinterpret_cast<char*>(header.data()), header.size())) return std::nullopt;
  Chunk chunk;
  for (int i = 0; i < 4; ++i) chunk.name[i] = static_cast<char>(header[i]);
  for (int i = 0; i < 4; ++i) chunk.size |= static_cast<uint32_t>(header[4 + i]) << (8 * i);  // little-endian
  return chunk;
}

}  // namespace

void check_riff_is_whole(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const auto riff = read_chunk(file);
  std::array<char, 4> form{};
  if (!riff || !riff->is("RIFF") || !file.read(form.data(), form.size()) || std::string_view(form.data(), 4) != "WAVE")
    return;
  std::error_code problem;
  const auto bytes = std::filesystem::file_size(path, problem);
  if (problem) return;
  while (const auto chunk = read_chunk(file)) {
    const auto here = static_cast<std::uintmax_t>(file.tellg());
    if (chunk->is("data")) {
      if (chunk->size == open_length || chunk->size <= bytes - here) return;
      throw Error(
          "{}: is cut off: {} of the {} bytes of audio that its header promises are there; copy it again from its "
          "source",
          path.string(), bytes - here, chunk->size);
    }
    file.seekg(static_cast<std::streamoff>(here + chunk->size + chunk->size % 2));
  }
  throw Error("{}: is cut off before its audio begins; copy it again from its source", path.string());
}

}  // namespace cfo::storage
