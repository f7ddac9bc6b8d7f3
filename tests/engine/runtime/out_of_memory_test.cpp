// Items that there is no memory for: once more, one at a time; then a sentence, and another try by the next run.
#include <stdexcept>

#include "engine/runtime/run.h"
#include "tests/support/counting_kinds.h"

using namespace cfo;
using namespace cfo::engine;
using namespace cfo::test;

namespace {

struct Runner {
  TemporaryFolder folder;
  Registry registry = test_registry();
  std::atomic<bool> stop{false};
  RunReport run(const std::string& yaml, int threads = 2) {
    const Graph graph = read_graph(folder.write("g.yaml", yaml), registry, {});
    RunOptions options;
    options.folder = folder / "run";
    options.threads = threads;
    options.bars = false;
    options.quiet = true;
    return run_graph(graph, make_plan(graph), options, stop);
  }
  std::string text(const std::string& file) const { return read_text(folder / "run" / file); }
};

}  // namespace

TEST_CASE("a unit that runs out of memory is tried once more, one item at a time") {
  Runner runner;
  std::atomic<int> at_work{0}, most{0};
  Kind hungry = add_kind();
  hungry.name = "hungry";
  hungry.make = [&](const NodeContext&) {
    return node_of([&](Work&) {
      const int now = ++at_work;
      most = std::max(most.load(), now);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      const bool alone = at_work.load() == 1 && now == 1;
      --at_work;
      // As libtorch says it, with a trace.
      if (!alone)
        throw std::runtime_error(
            "[enforce fail at alloc_cpu.cpp:66] . DefaultCPUAllocator: can't allocate memory: you "
            "tried to allocate 3000000000 bytes. Error code 12\nframe #0: c10::ThrowEnforce");
    });
  };
  runner.registry.add(hungry);
  const RunReport report = runner.run(
      "name: s\nnodes:\n  in: {kind: count, items: 12}\n  eat: {kind: hungry, from: in}\n  out: {kind: lines, from: "
      "eat}\n",
      4);
  CHECK(most > 1);
  CHECK(report.complete());
  CHECK(report.made == 1);
}

TEST_CASE("what there is no memory for even alone is said with its size, and tried again by the next run") {
  Runner runner;
  Kind hungry = add_kind();
  hungry.name = "hungry";
  hungry.make = [&](const NodeContext&) {
    return node_of([&](Work& work) {
      if (work.output.id == "a1")
        throw std::runtime_error("can't allocate memory: you tried to allocate 3000000000 bytes. Error code 12");
    });
  };
  runner.registry.add(hungry);
  const RunReport report = runner.run(
      "name: s\nnodes:\n  in: {kind: count, items: 3}\n  eat: {kind: hungry, from: in}\n  out: {kind: lines, from: "
      "eat}\n");
  CHECK(report.to_retry == 1);
  CHECK(runner.text("failures.tsv").find("\ta1\tout of memory (3 GB more were asked for): ") != std::string::npos);
}
