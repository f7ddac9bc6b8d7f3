// The same work on many things by several threads.
#include "base/parallel.h"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

using namespace cfo;

TEST_CASE("each number once, whatever the threads; progress counts them") {
  for (const int threads : {1, 3, 50}) {
    std::vector<std::atomic<int>> seen(40);
    std::size_t told = 0;
    in_parallel(
        seen.size(), threads, [&](std::size_t i) { ++seen[i]; }, [&](std::size_t done) { CHECK(done == ++told); });
    for (const auto& count : seen) CHECK(count == 1);
    CHECK(told == 40);
  }
  in_parallel(0, 4, [](std::size_t) { FAIL("there is nothing to do"); });
  CHECK(core_count() >= 1);
}

TEST_CASE("what work or progress throws ends it and comes out") {
  std::atomic<int> begun = 0;
  const auto failing = [&](std::size_t i) {
    ++begun;
    if (i == 5) throw std::runtime_error("five");
  };
  CHECK_THROWS_WITH(in_parallel(100'000, 2, failing), "five");
  CHECK(begun < 100'000);
  const auto stop = [](std::size_t done) {
    if (done == 3) throw std::runtime_error("stop");
  };
  CHECK_THROWS_WITH(in_parallel(
                        100, 1, [](std::size_t) {}, stop),
                    "stop");
}
