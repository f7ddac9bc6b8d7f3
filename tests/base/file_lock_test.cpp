// Locks, where the file system has them and where it answers that it has none.
#include "base/file_lock.h"

#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "base/durable_file.h"
#include "base/host_name.h"
#include "tests/support/temporary_folder.h"

using namespace cfo;
using namespace cfo::test;
namespace fs = std::filesystem;

namespace {

int answer = 0;  ///< errno of every flock; 0: the system's own

struct Answering {
  explicit Answering(int error_number) { answer = error_number; }
  ~Answering() { answer = 0; }
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;
};

}  // namespace

/// In place of the C library's, for this program.
extern "C" int flock(int descriptor, int operation) noexcept {
  if (answer == 0) return static_cast<int>(::syscall(SYS_flock, descriptor, operation));
  errno = answer;
  return -1;
}

TEST_CASE("a lock keeps others out until it goes") {
  for (const int error_number : {0, ENOLCK, ENOSYS, EOPNOTSUPP, 524}) {
    CAPTURE(error_number);
    const TemporaryFolder folder;
    const auto file = folder / "lock";
    const Answering answering(error_number);
    CHECK_FALSE(FileLock::is_held(file));
    {
      const auto lock = FileLock::take(file);
      REQUIRE(lock.has_value());
      CHECK(lock->remark().empty() == (error_number == 0));
      CHECK(fs::exists(folder / "lock.lease") == (error_number != 0));
      CHECK_FALSE(FileLock::take(file).has_value());
      CHECK(FileLock::is_held(file));
    }
    CHECK_FALSE(FileLock::is_held(file));
    CHECK_FALSE(fs::exists(folder / "lock.lease"));
    CHECK(FileLock::take(file).has_value());
    CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
  }
}

TEST_CASE("the remark names the file, the reason and the lease") {
  const TemporaryFolder folder;
  const Answering answering(ENOLCK);
  const std::string file = (folder / "lock").string();
  CHECK(FileLock::take(file)->remark() == file + ": this file system has no locks (No locks available); " + file +
                                              ".lease keeps other programs out instead");
}

TEST_CASE("what else flock answers is an error with its reason") {
  const TemporaryFolder folder;
  const Answering answering(EIO);
  CHECK_THROWS_WITH(FileLock::take(folder / "lock"), doctest::Contains("lock: cannot be locked: Input/output error"));
}

TEST_CASE("a lease of a program that has gone is taken over, one of a program elsewhere when it is old") {
  const TemporaryFolder folder;
  const Answering answering(ENOSYS);
  const auto file = folder / "lock", lease = folder / "lock.lease";
  write_file(lease, host_name() + " 4194999\n");  // above the largest process number
  CHECK_FALSE(FileLock::is_held(file));
  CHECK(FileLock::take(file).has_value());

  write_file(lease, "another-host 1\n");
  CHECK_FALSE(FileLock::take(file).has_value());
  fs::last_write_time(lease, fs::last_write_time(lease) - std::chrono::minutes(3));
  {
    const auto lock = FileLock::take(file);
    REQUIRE(lock.has_value());
    CHECK(read_text(lease).starts_with(host_name()));
  }
  CHECK_FALSE(fs::exists(lease));
}
