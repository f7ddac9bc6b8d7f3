// The entries of a zip archive in memory, found through its central directory; stored entries are not copied.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "storage/checkpoint/bytes/bytes.h"

namespace cfo::storage {

/// A zip or zip64 archive (PKWARE APPNOTE 6.3.10). Opening checks the whole directory: every entry lies inside the
/// file, no two entries overlap or share a name, none is encrypted. Throws Error naming the file and what is wrong.
///
///     ZipArchive zip(map_checkpoint("model.pth"));
///     CheckpointBytes pickle = zip.read("archive/data.pkl");
class ZipArchive {
 public:
  struct Entry {
    std::uint64_t header = 0;  ///< of the local header, from the start of the file
    std::uint64_t stored = 0;  ///< bytes in the file
    std::uint64_t size = 0;    ///< bytes when read
    std::uint16_t method = 0;  ///< 0 stored, 8 deflated
    std::uint64_t data = 0;    ///< of the first stored byte, from the start of the file
  };

  explicit ZipArchive(CheckpointBytes file);

  const std::map<std::string, Entry, std::less<>>& entries() const { return entries_; }
  bool has(std::string_view name) const { return entries_.find(name) != entries_.end(); }
  const std::string& origin() const { return file_.origin; }

  /// The bytes of an entry: those of the file where it is stored, decompressed into memory where it is deflated. Throws
  /// Error when there is no such entry, for another method, damaged data, and when all that was decompressed so far
  /// would exceed 256 MiB plus 16 times the file (a bomb).
  CheckpointBytes read(std::string_view name);

 private:
  std::string inflate(const std::string& name, const Entry& entry);

  CheckpointBytes file_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::uint64_t inflated_ = 0;
};

/// Whether a file begins as a zip archive.
bool is_zip(std::string_view bytes);

}  // namespace cfo::storage
