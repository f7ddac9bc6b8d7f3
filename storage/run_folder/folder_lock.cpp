#include "storage/run_folder/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "base/durable_file.h"
#include "base/error.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

constexpr int attempts = 10;  // a moment's patience: is_locked() holds the lock for an instant, too
constexpr auto pause = std::chrono::milliseconds(50);

fs::path lock_file(const fs::path& folder) { return folder / ".lock"; }

}  // namespace

FolderLock::FolderLock(const fs::path& folder) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) throw_write_error(folder, code.value());
  descriptor_ = ::open(lock_file(folder).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0) throw_write_error(lock_file(folder), errno);
  for (int attempt = 1; ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0; ++attempt) {
    if (attempt < attempts) {
      std::this_thread::sleep_for(pause);
      continue;
    }
    ::close(descriptor_);
    throw Error("{}: another cfo-run is working in this run folder; wait for it or choose another --output",
                folder.string());
  }
}

FolderLock::~FolderLock() { ::close(descriptor_); }

bool is_locked(const fs::path& folder) {
  const int descriptor = ::open(lock_file(folder).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool locked = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0;
  ::close(descriptor);
  return locked;
}

}  // namespace cfo::storage
