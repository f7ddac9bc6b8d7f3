// What cfo-inspect run shows of a run that works, was killed, or has ended.
#include <algorithm>

#include "engine/describe/describe.h"
#include "engine/runtime/run.h"
#include "storage/run_folder/run_status.h"
#include "tests/support/counting_kinds.h"

using namespace cfo;
using namespace cfo::engine;
using namespace cfo::test;

namespace {

const std::string study =
    "name: s\n"
    "nodes:\n"
    "  numbers: {kind: count, items: 3}\n"
    "  out:     {kind: lines, from: numbers}\n"
    "then:\n"
    "  long:    {kind: watched, from: out}\n";

}  // namespace

TEST_CASE("a run that works is seen with the unit it is at; one that ended leaves no status") {
  const TemporaryFolder folder;
  std::string seen;
  Kind watched{.name = "watched", .summary = "looks at its own run until the run tells of it", .role = Role::task};
  watched.ports = {{.name = "data"}};
  watched.outputs = {{"watched", ".txt"}};
  watched.run = [&](TaskContext& context) {
    context.progress(0.4, "epoch 2/5");
    for (int i = 0; i < 1000 && seen.find("epoch 2/5") == std::string::npos; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      seen = describe_run(context.run_folder).text;
    }
    std::ofstream(context.files[0]) << "x";
  };
  Registry registry = test_registry();
  registry.add(watched);
  const Graph graph = read_graph(folder.write("g.yaml", study), registry);
  RunOptions options;
  options.folder = folder / "run";
  options.quiet = true;
  const std::atomic<bool> stop{false};
  CHECK(run_graph(graph, make_plan(graph), options, stop).complete());
  CHECK_MESSAGE(seen.find("1 of 2 units done, 0 failures") != std::string::npos, seen);
  CHECK_MESSAGE(seen.find("watched/long: 40 %, epoch 2/5, ") != std::string::npos, seen);
  CHECK_FALSE(fs::exists(folder / "run/status.json"));
  const std::string ended = describe_run(folder / "run").text;
  CHECK_MESSAGE(ended.find("no cfo-run works here now\n") != std::string::npos, ended);
}

TEST_CASE("what a killed run was at is told, and how to go on") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "run");
  std::ofstream(folder / "run/ledger") << "";
  storage::RunStatus status;
  status.written = "2026-11-27T01:02:03Z";
  status.under_way = {{"models/one", "epoch 2/5", 0.25, 12.5, 61, 183}};
  storage::write_status(folder / "run", status);
  const std::string text = describe_run(folder / "run").text;
  CHECK_MESSAGE(text.find("ended without a word about 2026-11-27T01:02:03Z") != std::string::npos, text);
  CHECK_MESSAGE(text.find("models/one: 25 %, epoch 2/5, 12.5 audio s/s, 1:01 elapsed, ETA 3:03") != std::string::npos,
                text);
  std::ofstream(folder / "run/status.json") << "{ torn";
  CHECK(describe_run(folder / "run").text.find("no cfo-run works here now\n") != std::string::npos);
}
