// Keeping other programs out, on file systems with and without locks.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace cfo {

/// Holds a lock file for its lifetime, by flock. Where a file system has no locks (Lustre without -o flock, NFS without
/// lockd: ENOLCK, ENOSYS, EOPNOTSUPP), by a lease instead: a file FILE.lease with host and process number, made by
/// link(2), whose time is renewed every few seconds. A lease that was not renewed for two minutes, or whose process of
/// this host has gone, is taken over.
class FileLock {
 public:
  /// Nothing when another program holds it. Makes the file if it is absent. Throws Error (or OutOfSpace) naming the
  /// file when it cannot be made or locked for another reason.
  static std::optional<FileLock> take(const std::filesystem::path& file);
  /// Whether a program holds it, without taking it.
  static bool is_held(const std::filesystem::path& file);

  FileLock(FileLock&&) noexcept;
  FileLock& operator=(FileLock&&) noexcept;
  ~FileLock();

  /// "" where flock works, else a sentence for the user about the lease.
  const std::string& remark() const { return remark_; }

 private:
  struct Lease;
  FileLock(int descriptor, std::unique_ptr<Lease> lease, std::string remark);
  int descriptor_ = -1;
  std::unique_ptr<Lease> lease_;
  std::string remark_;
};

}  // namespace cfo
