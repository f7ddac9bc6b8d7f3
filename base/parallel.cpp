#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace cfo {

int core_count() { return static_cast<int>(std::max(1U, std::thread::hardware_concurrency())); }

void in_parallel(std::size_t count, int threads, const std::function<void(std::size_t)>& work,
                 const std::function<void(std::size_t done)>& progress) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> stopped = false;
  std::size_t done = 0;
  std::exception_ptr fault;
  std::mutex mutex;
  const auto serve = [&] {
    for (std::size_t i = next++; i < count && !stopped; i = next++) {
      try {
        work(i);
        const std::lock_guard lock(mutex);
        if (progress && !stopped) progress(++done);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!fault) fault = std::current_exception();
        stopped = true;
      }
    }
  };
  {
    std::vector<std::jthread> others;
    for (int i = 1; i < threads && static_cast<std::size_t>(i) < count; ++i) others.emplace_back(serve);
    serve();
  }
  if (fault) std::rethrow_exception(fault);
}

}  // namespace cfo
