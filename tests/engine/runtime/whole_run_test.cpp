// Tasks that tell of a whole run (the report): last of all, of what there is, and again when there is more.
#include "engine/runtime/run.h"
#include "tests/support/counting_kinds.h"

using namespace cfo;
using namespace cfo::engine;
using namespace cfo::test;

namespace {

/// Counts the finished units of the run folder, but for its own.
Kind tell_kind() {
  Kind kind{.name = "tell", .summary = "tells of the run", .role = Role::task};
  kind.ports = {{.name = "data", .reads = {}, .optional = true}};
  kind.tells_of_run = true;
  kind.outputs = {{"", ".txt"}};
  kind.run = [](TaskContext& context) {
    int files = 0;
    for (const char* folder : {"lines", "sums"})
      if (fs::is_directory(context.run_folder / folder))
        for (const auto& entry : fs::recursive_directory_iterator(context.run_folder / folder))
          files += entry.is_regular_file() ? 1 : 0;
    const std::string failures = read_text(context.run_folder / "failures.tsv");
    std::ofstream(context.files[0]) << files << " files"
                                    << (failures.find("told to fail") == std::string::npos ? "" : ", one failed");
  };
  return kind;
}

struct Runner {
  TemporaryFolder folder;
  Registry registry = test_registry();
  std::atomic<bool> stop{false};
  Runner() { registry.add(tell_kind()); }
  RunReport run(const std::string& yaml) {
    const Graph graph = read_graph(folder.write("g.yaml", yaml), registry, {});
    RunOptions options;
    options.folder = folder / "run";
    options.threads = 2;
    options.bars = false;
    options.quiet = true;
    return run_graph(graph, make_plan(graph), options, stop);
  }
  std::string told() const { return read_text(folder / "run/report.txt"); }
};

std::string study(const std::string& from, bool fails) {
  return "name: s\nshard_items: 4\nfirst:\n  report: {kind: tell" + from +
         ", folder: report}\nnodes:\n  in: {kind: count, items: 8}\n  out: {kind: lines, from: in}\n" +
         "then:\n  total: {kind: sum, from: out, fail: " + (fails ? "true" : "false") +
         "}\n  other: {kind: sum, from: out}\n  after: {kind: sum, from: total, folder: after}\n";
}

}  // namespace

TEST_CASE("without `from:`, and wherever it stands, it comes after everything") {
  Runner runner;
  const RunReport report = runner.run(study("", false));
  CHECK(report.complete());
  CHECK(report.incomplete.empty());
  CHECK(runner.told() == "5 files");
  CHECK(runner.run(study("", false)).made == 0);
}

TEST_CASE("what failed does not keep it back; it is told, and made again when there is more") {
  for (const std::string from : {"", ", from: after"}) {
    Runner runner;
    RunReport report = runner.run(study(from, true));
    CHECK(report.failed == 2);
    CHECK(report.incomplete == std::vector<std::string>{"report"});
    CHECK(runner.told() == "3 files, one failed");
    report = runner.run(study(from, true));  // nothing new
    CHECK(report.made == 0);
    CHECK(report.incomplete.size() == 1);
    report = runner.run(study(from, false));
    CHECK(report.complete());
    CHECK(report.incomplete.empty());
    CHECK(runner.told() == "5 files");
  }
}
