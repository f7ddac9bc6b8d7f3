// The members of a tar archive in memory, plain or gzip-compressed, one after the other; members of a plain archive are
// not copied.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "storage/checkpoint/bytes/bytes.h"

namespace cfo::storage {

/// Walks an untrusted archive. Nothing is ever unpacked to disk.
///
///     TarReader tar(map_checkpoint("model.nemo"));
///     while (const auto name = tar.next())
///       if (*name == "model_weights.ckpt") use(tar.read());
class TarReader {
 public:
  explicit TarReader(CheckpointBytes file);

  /// The next member that is no folder, by its name without a leading "./"; nothing at the end. Throws Error naming the
  /// file: damaged or cut off, a name that leads out of the archive (".." or absolute), a member that is there twice,
  /// more than 10,000 members, and members of more bytes in all than the file has, or, compressed, than 256 MiB plus 16
  /// times the file (a bomb).
  std::optional<std::string> next();

  /// The bytes of the member that `next` came to, once; their origin is "FILE: NAME". Throws Error for a link or
  /// anything else that is no file, and for damaged data.
  CheckpointBytes read();

 private:
  struct Closer {
    void operator()(archive* reader) const { archive_read_free(reader); }
  };
  [[noreturn]] void refuse_damaged() const;
  void require_inside(const std::string& path) const;
  void count_bytes();

  CheckpointBytes file_;
  std::unique_ptr<archive, Closer> reader_;
  archive_entry* entry_ = nullptr;
  std::string name_;  ///< of the present member
  std::set<std::string> names_;
  std::uint64_t bytes_ = 0;  ///< of all members so far
};

/// Whether a file is a tar archive, or a gzip-compressed one that can be read to its first member.
bool is_tar(std::string_view bytes);

}  // namespace cfo::storage
