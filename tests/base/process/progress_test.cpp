// What a run says where there is no terminal: by a clock that the test turns.
#include "base/process/progress.h"

#include <cstdio>
#include <cstdlib>
#include <doctest/doctest.h>

using namespace cfo::process;

namespace {

/// A progress without a thread of its own, its clock, and the lines it said.
class Spoken {
 public:
  Spoken()
      : stream_(open_memstream(&text_, &size_)),
        progress_({.stream = stream_,
                   .bars = false,
                   .now = [this] { return now_; },
                   .wake_every = Progress::Clock::duration::zero()},
                  600, 0, 5, 1) {}
  ~Spoken() {
    std::fclose(stream_);
    std::free(text_);
  }
  Spoken(const Spoken&) = delete;
  Spoken& operator=(const Spoken&) = delete;

  Progress& progress() { return progress_; }
  /// Lets `seconds` go by, a second at a time; the lines said meanwhile.
  std::string wait(int seconds) {
    const std::size_t before = said().size();
    for (int i = 0; i < seconds; ++i) {
      now_ += std::chrono::seconds(1);
      progress_.tell();
    }
    return said().substr(before);
  }

 private:
  std::string said() {
    std::fflush(stream_);
    return {text_, size_};
  }
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* stream_;
  Progress::Clock::time_point now_{std::chrono::hours(1)};
  Progress progress_;
};

}  // namespace

TEST_CASE("a long task says once a minute how far it is, at what rate, and when it will be done") {
  Spoken spoken;
  auto& progress = spoken.progress();
  progress.begin("models/one", 1);
  progress.fraction("models/one", 0, "epoch 1/2 step 0/10");
  CHECK(spoken.wait(59).empty());
  progress.account("models/one", 120);
  progress.fraction("models/one", 0.25, "epoch 1/2 step 5/10 loss 0.5000");
  CHECK(spoken.wait(1) ==
        "[1/5] models/one: 25 %, epoch 1/2 step 5/10 loss 0.5000, 2.0 audio s/s, 1:00 elapsed, ETA 3:00\n");
  CHECK(spoken.wait(59).empty());
  CHECK(spoken.wait(1).starts_with("[1/5] models/one: 25 %"));
}

TEST_CASE("a task that tells nothing of itself is spoken of all the same") {
  Spoken spoken;
  spoken.progress().begin("report", 1);
  CHECK(spoken.wait(60) == "[1/5] report: 0 %, 1:00 elapsed\n");
  spoken.progress().end("report", "done in 61 s");
  CHECK(spoken.wait(600) == "");
}

TEST_CASE("a flow tells the audio that went through it") {
  Spoken spoken;
  spoken.progress().begin("shards/a", 300);
  spoken.progress().add("shards/a", 100);
  CHECK(spoken.wait(60) == "[1/5] shards/a: 33 %, 1.7 audio s/s, 1:00 elapsed, ETA 2:00\n");
}

TEST_CASE("many long units share the line a minute in turn") {
  Spoken spoken;
  for (const auto* unit : {"a", "b", "c"}) {
    spoken.progress().begin(unit, 1);
    spoken.wait(1);
  }
  CHECK(spoken.wait(59).starts_with("[1/5] a:"));
  CHECK(spoken.wait(60).starts_with("[1/5] b:"));
  CHECK(spoken.wait(60).starts_with("[1/5] c:"));
  CHECK(spoken.wait(60).starts_with("[1/5] a:"));
}

TEST_CASE("a training that goes on after a break tells the pace of this session") {
  Spoken spoken;
  auto& progress = spoken.progress();
  progress.begin("models/one", 1);
  progress.fraction("models/one", 0.5, "");
  spoken.wait(100);
  progress.fraction("models/one", 0.75, "");
  const auto units = progress.under_way();
  REQUIRE(units.size() == 1);
  CHECK(units[0].fraction == 0.75);
  CHECK(units[0].left == doctest::Approx(100));
}

TEST_CASE("units that end within a minute are told when they end, and no sooner") {
  Spoken spoken;
  for (int i = 0; i < 10; ++i) {
    spoken.progress().begin("u", 1);
    CHECK(spoken.wait(30).empty());
    spoken.progress().abandon("u");
  }
}
