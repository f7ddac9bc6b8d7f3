// Runs: what is kept, what is made again, what a failure stops; the same bytes after any break.
#include "engine/describe/describe.h"
#include "engine/runtime/run.h"

#include <algorithm>

#include "storage/run_folder/ledger.h"
#include "tests/support/counting_kinds.h"

using namespace cfo;
using namespace cfo::engine;
using namespace cfo::test;

namespace {

const std::string study =
    "name: s\n"
    "shard_items: 4\n"
    "foreach: {model: [one, two], split: [a, b]}\n"
    "first:\n"
    "  prepared: {kind: sum, from: start, label: $model}\n"
    "nodes:\n"
    "  numbers: {kind: count, items: 10, split: $split}\n"
    "  begun:   {kind: count, items: 3}\n"
    "  start:   {kind: lines, from: begun, folder: start}\n"
    "  more:    {kind: add, from: numbers, amount: 2, needs: prepared}\n"
    "  out:     {kind: lines, from: more, folder: $model/$split}\n"
    "then:\n"
    "  total:   {kind: sum, from: {data: {node: out, split: a}}, label: $model, folder: total/$model}\n"
    "  all:     {kind: sum, from: [total], folder: all}\n";

struct Runner {
  TemporaryFolder folder;
  Registry registry = test_registry();
  std::atomic<bool> stop{false};
  GraphOptions options = {};
  bool retry_failed = false;

  RunReport run(const std::string& yaml = study, int threads = 3) {
    const Graph graph = read_graph(folder.write("g.yaml", yaml), registry, options);
    const Plan plan = make_plan(graph);
    RunOptions run_options;
    run_options.folder = folder.path() / "run";
    run_options.threads = threads;
    run_options.bars = false;
    run_options.quiet = true;
    run_options.retry_failed = retry_failed;
    return run_graph(graph, plan, run_options, stop);
  }
  std::string text(const std::string& file) const { return read_text(folder.path() / "run" / file); }
};

std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("the plan adds the work of every node up, by what its kind says of it and of what it comes from") {
  const TemporaryFolder folder;
  const Registry registry = test_registry();
  const auto file = folder.write("g.yaml",
                                 "name: g\n"
                                 "nodes:\n"
                                 "  in:    {kind: count, items: 5}\n"  // a second each
                                 "  more:  {kind: add, from: in, amount: 2}\n"
                                 "  again: {kind: add, from: more, amount: 3}\n"
                                 "  out:   {kind: lines, from: again}\n"
                                 "then:\n"
                                 "  total: {kind: sum, from: {data: out, more: out}}\n");
  const Graph graph = read_graph(file, registry);
  const Plan plan = make_plan(graph);
  REQUIRE(plan.units.size() == 2);
  CHECK(plan.units[0].cpu_seconds == doctest::Approx((2 + 3) * 5));
  CHECK(plan.units[1].cpu_seconds == doctest::Approx(10 * 2 * plan.units[1].seconds));
  const std::string text = describe_plan(graph, plan, folder.path() / "run");
  CHECK_MESSAGE(text.find("2 units at the benchmarks' speeds: about 0.1 CPU hours") != std::string::npos, text);
}

TEST_CASE("a study runs through: shards, tasks that need them, tasks over tasks") {
  Runner runner;
  const RunReport report = runner.run();
  CHECK(report.complete());
  CHECK(report.units == 1 + 2 + 2 * 2 * 3 + 2 + 1);
  CHECK(report.made == report.units);
  CHECK(runner.text("lines/one/a/00001.txt") == "a4 6\na5 7\na6 8\na7 9\n");
  CHECK(runner.text("lines/two/b/00002.txt") == "b8 10\nb9 11\n");
  CHECK(runner.text("sums/total/one.txt") == "sum 65\n");
  CHECK(runner.text("failures.tsv") == "unit\tnode\titem\treason\n");
  CHECK(runner.text("metrics.tsv").find("lines/one/a/00000\tmore\t4\t4\t") != std::string::npos);
  CHECK_FALSE(fs::exists(runner.folder.path() / "run/work/sums/all"));
}

TEST_CASE("a second run keeps everything; a changed parameter makes again only what depends on it") {
  Runner runner;
  runner.run();
  const RunReport again = runner.run();
  CHECK(again.made == 0);
  CHECK(again.kept == again.units);
  const RunReport changed = runner.run(with(study, "amount: 2", "amount: 3"));
  CHECK(changed.made == 12 + 2 + 1);  // flows of `out`, both totals, `all`; not the start nor `prepared`
  CHECK(changed.remade == 15);
  CHECK(runner.text("sums/total/one.txt") == "sum 75\n");
  const RunReport same_text =
      runner.run(with(with(study, "amount: 2", "amount: 3"), "needs: prepared", "needs: prepared, concurrency: 1"));
  CHECK(same_text.made == 0);  // how it runs is not what it makes
}

TEST_CASE("a task's own parameter counts, though one of the runtime's is called like it") {
  Runner runner;
  runner.run();
  const RunReport changed = runner.run(with(study, "folder: all}", "folder: all, batch: 2}"));
  CHECK(changed.remade == 1);
}

TEST_CASE("a task with nothing to do is left out, with those that would have no input without it") {
  Runner runner;
  const RunReport whole = runner.run();
  const RunReport less =
      runner.run(with(study, "label: $model, folder: total/$model}", "label: none, folder: total/$model}"));
  CHECK(less.units == whole.units - 2 - 1);  // both totals, and `all`
}

TEST_CASE("units that write beside each other under one name are told apart when a run goes on") {
  Runner runner;
  const std::string beside = study + "  note: {kind: beside, from: all, folder: all}\n";
  CHECK(runner.run(beside).complete());
  CHECK(runner.text("sums/all.beside.txt") == "beside\n");
  const RunReport again = runner.run(beside);
  CHECK(again.kept == again.units);
}

TEST_CASE("a lost or cut output is made again") {
  Runner runner;
  runner.run();
  fs::remove(runner.folder.path() / "run/lines/one/a/00001.txt");
  fs::resize_file(runner.folder.path() / "run/sums/total/two.txt", 1);
  const RunReport report = runner.run();
  CHECK(report.complete());
  CHECK(report.made == 2);
  CHECK(runner.text("sums/total/two.txt") == "sum 65\n");
}

TEST_CASE("a torn last ledger line is forgotten; a damaged one elsewhere is named") {
  Runner runner;
  runner.run();
  const fs::path ledger = runner.folder.path() / "run/ledger";
  const auto size = fs::file_size(ledger);
  fs::resize_file(ledger, size - 5);
  CHECK(runner.run().made == 1);
  std::string text = runner.text("ledger");
  text[text.find('\n') + 3] = '\x01';
  std::ofstream(ledger) << text;
  CHECK_THROWS_WITH_AS(runner.run(), doctest::Contains("ledger:2: this line of the ledger is damaged"), Error);
}

TEST_CASE("failed items go to failures.tsv, the rest of the unit is there, and the run says so") {
  Runner runner;
  const RunReport report = runner.run(with(study, "items: 10", "items: 10, bad: 5"));
  CHECK_FALSE(report.complete());
  CHECK(report.failed == 0);
  CHECK(report.failed_items == 8);
  CHECK(runner.text("failures.tsv").find("lines/one/a/00001\tnumbers\ta4\ta4: is one of the bad ones\n") !=
        std::string::npos);
  CHECK(runner.text("lines/one/a/00001.txt") == "a5 7\na6 8\na7 9\n");
  const std::string before = runner.text("failures.tsv");
  runner.run(with(study, "items: 10", "items: 10, bad: 5"));
  CHECK(runner.text("failures.tsv") == before);
}

TEST_CASE("what failed for the machine's reasons is tried again by the next run, the rest when it is asked for") {
  Runner runner;
  bool unreachable = true;
  Kind reading = add_kind();
  reading.name = "reading";
  reading.make = [&](const NodeContext&) {
    return node_of([&](Work& work) {
      if (work.output.id == "a1") throw Error("a1: is no number");
      if (unreachable && work.output.id == "a2") throw MachineFault("a2: Permission denied");
      if (unreachable && work.output.id == "a3") throw std::bad_alloc();
    });
  };
  runner.registry.add(reading);
  const std::string graph =
      "name: s\nnodes:\n  numbers: {kind: count, items: 5}\n  read: {kind: reading, from: numbers}\n"
      "  out: {kind: lines, from: read}\n";
  RunReport report = runner.run(graph);
  CHECK(report.failed_items == 3);
  CHECK(report.to_retry == 2);
  CHECK(report.given_up == 1);
  CHECK(runner.run(graph).made == 1);
  unreachable = false;
  report = runner.run(graph);
  CHECK(report.failed_items == 1);
  CHECK(report.to_retry == 0);
  CHECK(runner.text("lines/out/00000.txt") == "a0 0\na2 2\na3 3\na4 4\n");
  CHECK(runner.run(graph).made == 0);
  runner.retry_failed = true;
  CHECK(runner.run(graph).made == 1);
}

TEST_CASE("a unit of which every item fails is a failed unit, and what waits for it is not started") {
  Runner runner;
  const RunReport report = runner.run(with(study, "items: 10, split", "items: 10, bad: 1, split"));
  CHECK(report.failed == 12 + 2 + 1);
  CHECK(report.made == 3);
  const std::string failures = runner.text("failures.tsv");
  CHECK(failures.find("every item failed; the first: a0: a0: is one of the bad ones") != std::string::npos);
  CHECK(failures.find("sums/all\tall\t-\twaits for sums/total/") != std::string::npos);
}

TEST_CASE("a failed task does not stop what does not need it, and is tried again by the next run") {
  Runner runner;
  runner.options.set = {"then.all.fail=true"};
  const RunReport report = runner.run();
  CHECK(report.failed == 1);
  CHECK(report.made == report.units - 1);
  runner.options.set = {};
  const RunReport again = runner.run();
  CHECK(again.complete());
  CHECK(again.made == 1);
}

TEST_CASE("the ledger tells a flow's CPU time: a body that sleeps costs hardly any, however long it takes") {
  Runner runner;
  runner.run(
      "name: s\nnodes:\n  numbers: {kind: count, items: 10}\n"
      "  slow: {kind: add, from: numbers, milliseconds: 40}\n  out: {kind: lines, from: slow}\n");
  const auto records = storage::read_ledger(runner.folder.path() / "run/ledger");
  REQUIRE(records.size() == 1);
  const storage::LedgerRecord& record = records.begin()->second;
  REQUIRE(record.metrics.size() == 3);
  CHECK(record.metrics[1].busy_seconds >= 0.4);
  CHECK(record.cpu < record.metrics[1].busy_seconds / 2);
}

TEST_CASE("two runs in one folder are refused") {
  Runner runner;
  Kind nested{.name = "nested", .summary = "starts the same run again", .role = Role::task};
  nested.ports = {{.name = "data"}};
  nested.outputs = {{"nested", ".txt"}};
  std::string refusal;
  nested.run = [&](TaskContext& context) {
    try {
      Runner other;
      const Graph graph = read_graph(runner.folder.write("h.yaml", study), other.registry);
      RunOptions options;
      options.folder = context.run_folder;
      options.quiet = true;
      run_graph(graph, make_plan(graph), options, runner.stop);
    } catch (const Error& error) {
      refusal = error.what();
    }
    std::ofstream(context.files[0]) << "x";
  };
  runner.registry.add(nested);
  CHECK(runner.run(study + "  n: {kind: nested, from: all}\n").complete());
  CHECK(refusal.find("another cfo-run is working in this run folder") != std::string::npos);
}

TEST_CASE("a stopped run is resumable and ends with the bytes of an uninterrupted one") {
  Runner whole, broken;
  const std::string slow = with(study, "amount: 2", "amount: 2, milliseconds: 1");
  whole.run(slow);
  for (int attempt = 0; attempt < 100; ++attempt) {
    broken.stop = false;
    std::jthread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5 + 3 * attempt));
      broken.stop = true;
    });
    if (!broken.run(slow).interrupted) break;
  }
  broken.stop = false;
  CHECK(broken.run(slow).complete());
  for (const auto& entry : fs::recursive_directory_iterator(whole.folder.path() / "run")) {
    if (!entry.is_regular_file() || (entry.path().extension() != ".txt" && entry.path().filename() != "failures.tsv"))
      continue;
    const auto relative = fs::relative(entry.path(), whole.folder.path() / "run").string();
    CHECK_MESSAGE(broken.text(relative) == whole.text(relative), relative);
  }
}

TEST_CASE("two units that would write one file are refused") {
  Runner runner;
  CHECK_THROWS_WITH_AS(runner.run(with(study, "folder: $model/$split", "folder: same")),
                       doctest::Contains("would both write lines/same/00000.txt"), Error);
}

TEST_CASE("no output leaves the run folder, by its name or through a link") {
  Runner runner;
  const fs::path stranger = runner.folder.path() / "precious";
  fs::create_directories(stranger / "lines");
  std::ofstream(stranger / "lines/00000.txt") << "precious";
  for (const char* name : {"../precious", "a/../../precious", ".."}) {
    CAPTURE(name);
    CHECK_THROWS_WITH_AS(runner.run(with(study, "folder: $model/$split", std::string("folder: ") + name)),
                         doctest::Contains("outside the run folder; give it a 'folder:' without '..'"), Error);
  }
  fs::create_directories(runner.folder.path() / "run");
  fs::create_directory_symlink(stranger, runner.folder.path() / "run/lines");
  CHECK_THROWS_WITH_AS(runner.run(), doctest::Contains("a link in it leads out of the run folder, to "), Error);
  CHECK(read_text(stranger / "lines/00000.txt") == "precious");
  CHECK(std::distance(fs::recursive_directory_iterator(stranger), fs::recursive_directory_iterator()) == 2);
}

TEST_CASE("a run whose folder is taken away stops and says so") {
  Runner runner;
  Kind vandal{.name = "vandal", .summary = "moves the run folder", .role = Role::task};
  vandal.ports = {{.name = "data"}};
  vandal.outputs = {{"vandal", ".txt"}};
  vandal.run = [&](TaskContext& context) {
    fs::rename(context.run_folder, runner.folder.path() / "elsewhere");
    std::ofstream(context.files[0]) << "x";
  };
  runner.registry.add(vandal);
  const RunReport report = runner.run(study + "  v: {kind: vandal, from: all}\n  w: {kind: sum, from: v}\n");
  CHECK_MESSAGE(report.fatal.find("was moved or removed while this run worked in it") != std::string::npos,
                report.fatal);
}

TEST_CASE("a trace is valid JSON with an event for each call") {
  Runner runner;
  const Graph graph = read_graph(runner.folder.write("g.yaml", study), runner.registry);
  RunOptions options;
  options.folder = runner.folder.path() / "run";
  options.quiet = true;
  options.trace = runner.folder.path() / "trace.json";
  run_graph(graph, make_plan(graph), options, runner.stop);
  const std::string trace = read_text(options.trace);
  CHECK(trace.find("\"traceEvents\":[") != std::string::npos);
  CHECK(trace.substr(trace.size() - 4) == "\n]}\n");
  CHECK(trace.find("\"name\":\"more\"") != std::string::npos);
}

TEST_CASE("where an optional source finds nothing, the tasks that would work on it are left out") {
  const std::string text =
      "name: g\nforeach: {count: [0, 3]}\nnodes:\n"
      "  numbers: {kind: count, items: $count, optional: true}\n"
      "  out:     {kind: lines, from: numbers, folder: $count}\n"
      "then:\n"
      "  one:     {kind: sum, from: out, folder: one/$count}\n"
      "  after:   {kind: sum, from: {data: out, more: one}, folder: after/$count}\n";
  const TemporaryFolder folder;
  const Registry registry = test_registry();
  const auto ids = [&](const std::string& of) {
    std::vector<std::string> found;
    const Graph graph = read_graph(folder.write("g.yaml", of), registry);
    for (const auto& unit : make_plan(graph).units) found.push_back(unit.main().name + " " + joined(unit.bindings));
    return found;
  };
  CHECK(ids(text) == std::vector<std::string>{"out 3", "one 3", "after 3"});
  const Graph graph = read_graph(folder.write("g.yaml", text), registry);
  CHECK(make_plan(graph).notes == std::set<std::string>{"node 'numbers' has no items for 0"});
  std::string required = text;
  required.replace(required.find(", optional: true"), std::string(", optional: true").size(), "");
  CHECK_THROWS_WITH_AS(
      ids(required),
      doctest::Contains("g.yaml: node 'one' has nothing to work on: node 'numbers' has no items for 0; "
                        "change its settings, or mark it optional: true"),
      Error);
}
