#include "storage/run_folder/folder_lock.h"

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

FileLock take(const fs::path& folder) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) throw_write_error(folder, code.value());
  for (int attempt = 1; attempt <= attempts; ++attempt) {
    if (attempt > 1) std::this_thread::sleep_for(pause);
    if (auto lock = FileLock::take(lock_file(folder))) return std::move(*lock);
  }
  throw Error("{}: another cfo-run is working in this run folder; wait for it or choose another --output",
              folder.string());
}

}  // namespace

FolderLock::FolderLock(const fs::path& folder) : lock_(take(folder)) {}

bool is_locked(const fs::path& folder) { return FileLock::is_held(lock_file(folder)); }

}  // namespace cfo::storage
