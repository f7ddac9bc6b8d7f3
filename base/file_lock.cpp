#include "base/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/host_name.h"

namespace cfo {
namespace fs = std::filesystem;
namespace {

constexpr auto renewed_every = std::chrono::seconds(15);
constexpr double stale_after = 120;  ///< seconds
constexpr int not_supported_by_nfs = 524;

bool has_no_locks(int error_number) {
  return error_number == ENOLCK || error_number == ENOSYS || error_number == EOPNOTSUPP ||
         error_number == not_supported_by_nfs;
}

std::string reason_of(int error_number) {
  return error_number == not_supported_by_nfs ? "Operation not supported"
                                              : std::generic_category().message(error_number);
}

fs::path lease_of(const fs::path& file) { return file.string() + ".lease"; }

std::string own_mark() { return fmt::format("{} {}", host_name(), ::getpid()); }

std::string mark_in(const fs::path& lease) {
  std::ifstream file(lease);
  std::string mark;
  std::getline(file, mark);
  return mark;
}

double seconds(const timespec& time) {
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Time of the file system that `folder` is on: clocks of machines differ.
double time_there(const fs::path& folder) {
  const fs::path probe = folder / fmt::format(".clock-{}-{}", host_name(), ::getpid());
  std::ofstream(probe) << "x";
  struct stat status {};
  const bool known = ::stat(probe.c_str(), &status) == 0;
  ::unlink(probe.c_str());
  return known ? seconds(status.st_mtim) : static_cast<double>(std::time(nullptr));
}

bool is_stale(const fs::path& lease) {
  struct stat status {};
  if (::stat(lease.c_str(), &status) != 0) return false;  // it has gone meanwhile
  char name[256] = {};
  long process = 0;
  if (std::sscanf(mark_in(lease).c_str(), "%255s %ld", name, &process) == 2 && host_name() == name &&
      ::kill(static_cast<pid_t>(process), 0) != 0 && errno == ESRCH)
    return true;
  return time_there(lease.parent_path()) - seconds(status.st_mtim) > stale_after;
}

/// Whether the lease is this program's now.
bool make_lease(const fs::path& lease) {
  const fs::path own = lease.string() + fmt::format(".{}.{}", host_name(), ::getpid());
  {
    std::ofstream file(own);
    file << own_mark() << "\n";
    if (!file.flush()) throw_write_error(own, errno);
  }
  bool made = ::link(own.c_str(), lease.c_str()) == 0;
  if (!made && errno != EEXIST) {  // a file system without links: the name itself must do
    const int descriptor = ::open(lease.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    made = descriptor >= 0;
    if (made) {
      const std::string mark = own_mark() + "\n";
      made = ::write(descriptor, mark.data(), mark.size()) == static_cast<ssize_t>(mark.size());
      ::close(descriptor);
    } else if (errno != EEXIST) {
      const int problem = errno;
      ::unlink(own.c_str());
      throw_write_error(lease, problem);
    }
  }
  ::unlink(own.c_str());
  return made;
}

}  // namespace

/// The file, and the thread that renews its time.
struct FileLock::Lease {
  explicit Lease(fs::path path)
      : file(std::move(path)), renewer([this](const std::stop_token& stop) { renew(stop); }) {}
  ~Lease() {
    renewer.request_stop();
    renewer.join();
    if (mark_in(file) == own_mark()) ::unlink(file.c_str());
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  void renew(const std::stop_token& stop) const {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    while (!wake.wait_for(lock, stop, renewed_every, [&] { return stop.stop_requested(); }))
      ::utimensat(AT_FDCWD, file.c_str(), nullptr, 0);
  }

  fs::path file;
  std::jthread renewer;
};

FileLock::FileLock(int descriptor, std::unique_ptr<Lease> lease, std::string remark)
    : descriptor_(descriptor), lease_(std::move(lease)), remark_(std::move(remark)) {}

FileLock::FileLock(FileLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      lease_(std::move(other.lease_)),
      remark_(std::move(other.remark_)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(lease_, other.lease_);
  std::swap(remark_, other.remark_);
  return *this;
}

FileLock::~FileLock() {
  lease_.reset();
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::optional<FileLock> FileLock::take(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) throw_write_error(file, errno);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return FileLock(descriptor, nullptr, "");
  const int problem = errno;
  ::close(descriptor);
  if (problem == EWOULDBLOCK) return std::nullopt;
  if (!has_no_locks(problem)) throw Error("{}: cannot be locked: {}", file.string(), reason_of(problem));
  const fs::path lease = lease_of(file);
  if (!make_lease(lease)) {
    if (!is_stale(lease)) return std::nullopt;
    const fs::path aside = lease.string() + fmt::format(".stale.{}.{}", host_name(), ::getpid());
    if (::rename(lease.c_str(), aside.c_str()) == 0) ::unlink(aside.c_str());  // one of several takes it away
    if (!make_lease(lease)) return std::nullopt;
  }
  return FileLock(-1, std::make_unique<Lease>(lease),
                  fmt::format("{}: this file system has no locks ({}); {} keeps other programs out instead",
                              file.string(), reason_of(problem), lease.string()));
}

bool FileLock::is_held(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool free = ::flock(descriptor, LOCK_SH | LOCK_NB) == 0;
  const int problem = errno;
  ::close(descriptor);
  if (free) return false;
  if (problem == EWOULDBLOCK) return true;
  std::error_code ignored;
  return fs::exists(lease_of(file), ignored) && !is_stale(lease_of(file));
}

}  // namespace cfo
