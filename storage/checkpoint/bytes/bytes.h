// The bytes of a checkpoint file, mapped or in memory, and bounds-checked access to them.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cfo::storage {

static_assert(std::endian::native == std::endian::little, "checkpoint tensors alias little-endian files");

/// Bytes together with what keeps them alive, so that tensors can alias them. A part of a file (an entry of an archive)
/// is the same kind of value as a whole file.
struct CheckpointBytes {
  std::string origin;           ///< the file, as error sentences name it
  std::string_view bytes;       ///< readable, and privately writable (tensors over it may be changed in place)
  std::shared_ptr<void> owner;  ///< keeps `bytes` alive
  /// Where the files lie that this one names; nothing for bytes that are no file of their own.
  std::optional<std::filesystem::path> folder = {};
};

/// Maps a file privately: pages are read when touched, and changes made in place never reach the file. Throws Error
/// naming the file when it is missing, a folder, not a regular file, unreadable, or empty.
CheckpointBytes map_checkpoint(const std::filesystem::path& file);

/// Maps the file that the untrusted `file` names by a path from its own folder (links are followed: Hugging Face's
/// cache is made of them). Throws Error naming `file` for a path that leads out of the folder, that has control
/// characters or is too long, and where nothing may be named because `file` is in an archive or in memory; and as
/// map_checkpoint.
CheckpointBytes map_beside(const CheckpointBytes& file, std::string_view path);

/// Whether a path is absolute, empty, or has a part "..".
bool leads_out(std::string_view path);

/// Bytes held in memory (a decompressed entry, a test).
CheckpointBytes bytes_in_memory(std::string origin, std::string bytes);

/// The little-endian number at `offset`, or nothing when it would reach past the end.
template <typename Number>
std::optional<Number> number_at(std::string_view bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(Number)) return std::nullopt;
  Number number;
  std::memcpy(&number, bytes.data() + offset, sizeof number);
  return number;
}

/// The part [offset, offset + size), or nothing when it would reach past the end.
std::optional<std::string_view> part_of(std::string_view bytes, std::uint64_t offset, std::uint64_t size);

/// A name out of an untrusted file, fit for a sentence: control and non-ASCII bytes as \xNN, at most 120 characters.
std::string printable(std::string_view name);

}  // namespace cfo::storage
