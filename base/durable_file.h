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

/// Writes `text` to `path` durably (partial, sync, rename).
void write_durably(const std::filesystem::path& path, std::string_view text);

/// Whole file as text. Throws Error naming the file.
std::string read_text(const std::filesystem::path& path);

/// Throws OutOfSpace when `error_number` (errno) is ENOSPC, EDQUOT or EROFS, Error otherwise; `path` is named.
[[noreturn]] void throw_write_error(const std::filesystem::path& path, int error_number);

}  // namespace cfo
