// Only one program may work in a run folder.
#pragma once

#include <filesystem>

namespace cfo::storage {

/// Holds RUN/.lock as long as it lives; the system lets go of it when the program dies.
class FolderLock {
 public:
  /// Makes the folder if it is absent. Throws Error when another program works in it.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_ = -1;
};

/// True when a program holds the folder's lock.
bool is_locked(const std::filesystem::path& folder);

}  // namespace cfo::storage
