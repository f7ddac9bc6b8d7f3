#include "base/process/limits.h"

#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <system_error>
#include <thread>
#include <vector>

#include "base/error.h"

namespace cfo::process {
namespace {

/// libtorch and its libraries take 0.9 GB of address space before a program begins, most of it never used.
constexpr rlim_t least_address_space = rlim_t{1500} * 1000 * 1000;

/// With too little address space the libraries' own beginnings throw, where nobody can catch it. So this looks before
/// they begin, and must do with what the system's library gives.
void check_address_space(int, char**, char**) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= least_address_space)
    return;
  char text[200];
  const int length =
      std::snprintf(text, sizeof text,
                    "cfo: the address space is limited to %llu MB (ulimit -v), and the programs need %llu "
                    "MB; raise the limit\n",
                    static_cast<unsigned long long>(limit.rlim_cur / 1000000),
                    static_cast<unsigned long long>(least_address_space / 1000000));
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, static_cast<std::size_t>(length));
  ::_exit(2);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
__attribute__((section(".preinit_array"), used)) void (*const before_libraries)(int, char**,
                                                                                char**) = check_address_space;
#endif

}  // namespace

void require_threads(int count) {
  std::atomic<bool> go = false;
  std::vector<std::thread> threads;
  std::string fault;
  try {
    for (int i = 0; i < count; ++i) threads.emplace_back([&] { go.wait(false); });
  } catch (const std::system_error&) {
    fault = fmt::format(
        "only {} threads can be started here and {} are needed; raise the limit (ulimit -u; ulimit -v; a container's "
        "number of processes) or give fewer --threads",
        threads.size(), count);
  }
  go = true;
  go.notify_all();
  for (auto& thread : threads) thread.join();
  if (!fault.empty()) throw Error("{}", fault);
}

}  // namespace cfo::process
