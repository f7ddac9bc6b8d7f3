// Time as a stopwatch tells it and as the processor was busy.
#pragma once

#include <algorithm>
#include <chrono>
#include <ctime>
#include <vector>

namespace cfo::bench {

struct Times {
  double wall = 0;  ///< seconds
  double cpu = 0;   ///< seconds of all threads of this process

  Times& operator+=(const Times& other) {
    wall += other.wall;
    cpu += other.cpu;
    return *this;
  }
};

/// The pass in the middle by wall time.
inline Times middle(std::vector<Times> all) {
  const auto at = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  std::nth_element(all.begin(), at, all.end(), [](const Times& a, const Times& b) { return a.wall < b.wall; });
  return *at;
}

/// Runs from its construction on.
class Stopwatch {
 public:
  Times read() const {
    return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(), process_cpu() - cpu_};
  }

 private:
  static double process_cpu() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }

  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double cpu_ = process_cpu();
};

/// The middle one of `repeat` passes; one more goes before, unmeasured.
template <typename Pass>
Times time_passes(int repeat, const Pass& pass) {
  pass();
  std::vector<Times> times;
  for (int i = 0; i < repeat; ++i) {
    const Stopwatch watch;
    pass();
    times.push_back(watch.read());
  }
  return middle(std::move(times));
}

}  // namespace cfo::bench
