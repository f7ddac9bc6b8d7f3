// Where a unit was computed: told in the ledger, and said when one set would hold results of different devices.
#include "engine/runtime/devices.h"

#include <algorithm>

#include "engine/describe/describe.h"
#include "engine/runtime/run.h"
#include "tests/support/counting_kinds.h"

using namespace cfo;
using namespace cfo::engine;
using namespace cfo::test;

namespace {

const std::string study =
    "name: s\n"
    "shard_items: 4\n"
    "nodes:\n"
    "  numbers: {kind: count, items: 10}\n"
    "  more:    {kind: computed, from: numbers}\n"
    "  out:     {kind: lines, from: more}\n"
    "  others:  {kind: count, items: 2, split: b}\n"
    "  plain:   {kind: lines, from: others, folder: plain}\n";

/// The kinds of counting_kinds.h and `computed`, an addition that asks for the device.
struct Runner {
  TemporaryFolder folder;
  Registry registry = test_registry();
  std::atomic<bool> stop{false};
  std::string told;  ///< the device that `computed` was given last

  Runner() {
    Kind computed = add_kind();
    computed.name = "computed";
    computed.uses_device = true;
    computed.make = [this, make = computed.make](const NodeContext& context) {
      told = context.device;
      return make(context);
    };
    registry.add(computed);
    registry.set(Devices{});  // any name will do: nothing is computed on it
  }
  Graph graph(const std::string& yaml = study) {
    return read_graph(folder.write("g.yaml", yaml), registry, {.set = {}, .only = {}, .tolerate = false, .device = ""});
  }
  fs::path run_folder() const { return folder.path() / "run"; }
  void run(const std::string& device, const std::string& yaml = study) {
    const Graph read = graph(yaml);
    RunOptions options;
    options.folder = run_folder();
    options.device = device;
    options.quiet = true;
    CHECK(run_graph(read, make_plan(read), options, stop).complete());
  }
  std::string device_in_ledger(const std::string& unit) const {
    const auto records = storage::read_ledger(run_folder() / "ledger");
    REQUIRE(records.contains(unit));
    return records.at(unit).device;
  }
};

}  // namespace

TEST_CASE("the ledger names the device of units that were computed on one, and none for the others") {
  Runner runner;
  runner.run("cuda:1");
  CHECK(runner.told == "cuda:1");
  CHECK(runner.device_in_ledger("lines/out/00000") == "cuda:1");
  CHECK(runner.device_in_ledger("lines/plain/00000").empty());
  CHECK(read_text(runner.run_folder() / "ledger").find("\"device\":\"cuda:1\"") != std::string::npos);
}

TEST_CASE("a node's own device rules over the run's") {
  Runner runner;
  std::string text = study;
  text.replace(text.find("computed,"), 9, "computed, device: \"cuda:2\",");
  runner.run("cpu", text);
  CHECK(runner.told == "cuda:2");
  CHECK(runner.device_in_ledger("lines/out/00000") == "cuda:2");
}

TEST_CASE("a resumed run that would mix the results of two kinds of devices says so") {
  Runner runner;
  runner.run("cpu");
  const Graph graph = runner.graph();
  const Plan plan = make_plan(graph);
  const auto records = storage::read_ledger(runner.run_folder() / "ledger");
  FinishedRecords finished(plan.units.size(), nullptr);
  for (std::size_t i = 0; i < plan.units.size(); ++i) {
    if (plan.units[i].id != "lines/out/00001") finished[i] = &records.at(plan.units[i].id);
  }
  CHECK(mixed_devices(plan, finished, "cpu").empty());
  const auto sentences = mixed_devices(plan, finished, "cuda:0");
  REQUIRE(sentences.size() == 1);
  CHECK(sentences[0] ==
        "node 'out': of its units 2 finished on cpu and will be kept, 1 will be made on cuda: their results differ in "
        "the last digits. For results of one kind give --device cpu, or --fresh to start anew");

  fs::remove(runner.run_folder() / "lines/out/00001.txt");
  runner.run("cuda:0");
  CHECK(runner.device_in_ledger("lines/out/00001") == "cuda:0");
  CHECK(runner.device_in_ledger("lines/out/00002") == "cpu");
  const std::string text = describe_run(runner.run_folder()).text;
  CHECK_MESSAGE(text.find("node 'out' was made on different devices (cpu; cuda)") != std::string::npos, text);
}

TEST_CASE("two cards of one maker are one type") {
  CHECK(storage::device_types("cpu") == "cpu");
  CHECK(storage::device_types("cuda:12") == "cuda");
  CHECK(storage::device_types("cpu, cuda:1") == "cpu, cuda");
  CHECK(storage::device_types("") == "");
}
