// Only one program may work in a run folder.
#pragma once

#include <filesystem>
#include <string>

#include "base/file_lock.h"

namespace cfo::storage {

/// Holds RUN/.lock as long as it lives; a program that dies lets go of it.
class FolderLock {
 public:
  /// Makes the folder if it is absent. Throws Error when another program works in it.
  explicit FolderLock(const std::filesystem::path& folder);
  /// For the user: "" where the file system has locks.
  const std::string& remark() const { return lock_.remark(); }

 private:
  FileLock lock_;
};

/// True when a program holds the folder's lock.
bool is_locked(const std::filesystem::path& folder);

}  // namespace cfo::storage
