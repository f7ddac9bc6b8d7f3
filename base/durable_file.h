// Files that are either absent or whole: written under a temporary name, synced, then renamed.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace cfo {

/// The temporary name beside `path` under which it is written ("x.h5" -> "x.h5.partial").
std::filesystem::path partial_name(const std::filesystem::path& path);

/// Syncs `partial_name(path)` (a file, or a folder with all it holds) to the disk, renames it to `path`, and syncs the
/// folder it is in. Replaces what was there. Throws OutOfSpace or Error naming the file.
void publish(const std::filesystem::path& path);

/// The same for a draft of any name beside `path`; several programs may publish the same path at once, the last one
/// stays.
void publish(const std::filesystem::path& draft, const std::filesystem::path& path);

/// A folder that is being written under a name of this process's own, and goes when it is not published.
class DraftFolder {
 public:
  explicit DraftFolder(std::filesystem::path path);
  ~DraftFolder();
  DraftFolder(const DraftFolder&) = delete;
  DraftFolder& operator=(const DraftFolder&) = delete;
  const std::filesystem::path& path() const { return draft_; }
  void publish();

 private:
  std::filesystem::path path_, draft_;
};

/// Writes `text` to `path` durably (partial, sync, rename).
void write_durably(const std::filesystem::path& path, std::string_view text);

/// Whole file as text. Throws Error naming the file.
std::string read_text(const std::filesystem::path& path);

/// Throws OutOfSpace when `error_number` (errno) is ENOSPC, EDQUOT or EROFS, Error otherwise; `path` is named.
[[noreturn]] void throw_write_error(const std::filesystem::path& path, int error_number);

}  // namespace cfo
