// Back-pressure bounds memory: a corpus ten times as long needs no more of it.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/process/heap.h"
#include "engine/runtime/run.h"
#include "tests/support/counting_kinds.h"

using namespace cfo;
using namespace cfo::engine;
using namespace cfo::test;

namespace {

/// Peak resident memory, in kB, of a child process that runs `items` synthetic utterances of 1.5 MB each (8 s at 48
/// kHz, float32).
long peak_memory(int items) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    process::share_one_heap();  // as cfo-run does
    const TemporaryFolder folder;
    const auto file = folder.write("g.yaml",
                                   "name: m\nin_flight: 64\nshard_items: 500\nnodes:\n"
                                   "  in:   {kind: count, items: " +
                                       std::to_string(items) +
                                       ", bytes: 1536000}\n"
                                       "  a:    {kind: add, from: in, batch: 64}\n"
                                       "  b:    {kind: add, from: in, amount: 2}\n"
                                       "  diff: {kind: subtract, from: [a, b]}\n"
                                       "  out:  {kind: lines, from: diff}\n");
    const Registry registry = test_registry();
    const Graph graph = read_graph(file, registry);
    RunOptions options;
    options.folder = folder.path() / "run";
    options.threads = 2;
    options.quiet = true;
    const std::atomic<bool> stop{false};
    const bool right = run_graph(graph, make_plan(graph), options, stop).complete();
    fs::remove_all(folder.path());
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  rusage usage{};
  REQUIRE(::wait4(child, &status, 0, &usage) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  return usage.ru_maxrss;
}

}  // namespace

TEST_CASE("peak memory for 20,000 utterances is within 15 % of that for 2,000") {
  // How many of the 64 utterances are whole at one moment is chance, and ten times as long a run meets the worst chance
  // more often: so three short ones. Two kilobytes kept of each utterance would be seen.
  const long small = std::max({peak_memory(2000), peak_memory(2000), peak_memory(2000)});
  const long large = peak_memory(20000);
  MESSAGE("peak resident memory: " << small << " kB for 2,000 items, " << large << " kB for 20,000");
  CHECK(static_cast<double>(large) <= 1.15 * static_cast<double>(small));
}
