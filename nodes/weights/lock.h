// weights.lock: what was fetched or added, so that the same names stay the same bytes.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/file_lock.h"

namespace cfo::weights {

struct LockEntry {
  std::string url;  ///< it came from; of an added file its page or address, "" where it has none
  std::uint64_t size = 0;
  std::string sha256;
  std::string obtained;  ///< "fetched" or "added"
  std::string date;      ///< UTC, ISO 8601
  std::string stamp;     ///< weight_stamp when it was digested: while that stays, so does the digest
};

/// The lock file of a folder of weights: JSON, `files` by their place below the folder.
class WeightsLock {
 public:
  /// What ROOT/weights.lock says; empty where there is none. Throws Error when it cannot be read.
  explicit WeightsLock(const std::filesystem::path& root);

  const LockEntry* find(const std::string& key) const;
  /// Records and writes durably at once, with today's date.
  void record(const std::string& key, LockEntry entry);

 private:
  std::filesystem::path file_;
  std::map<std::string, LockEntry> entries_;
};

/// While it lives, no other process changes the weights in `root`. Waits for one that does, and says so once through
/// `tell`. Throws Error when `stop` comes true meanwhile, and when the folder cannot be written.
class WeightsGuard {
 public:
  WeightsGuard(const std::filesystem::path& root, const std::atomic<bool>& stop,
               const std::function<void(const std::string&)>& tell);

 private:
  std::optional<FileLock> lock_;
};

}  // namespace cfo::weights
