// What a run finds in its folder: damage at rest, a corpus that moved or changed, what the graph makes no more.
#include <algorithm>

#include "engine/describe/describe.h"
#include "engine/runtime/run.h"
#include "storage/run_folder/content_table.h"
#include "base/file_stamp.h"
#include "storage/run_folder/finished_files.h"
#include "storage/run_folder/layout.h"
#include "storage/run_folder/ledger.h"
#include "tests/support/counting_kinds.h"

using namespace cfo;
using namespace cfo::engine;
using namespace cfo::test;

namespace {

/// The numbers in the files of a folder, by name.
Kind files_kind() {
  Kind kind{.name = "files", .summary = "numbers in files", .role = Role::source};
  kind.writes = {value_field};
  kind.parameters = {{.name = "root", .type = Type::path, .summary = "where they are", .is_location = true}};
  kind.plan = [](const Parameters& parameters) {
    SourcePlan plan;
    for (const auto& entry : fs::directory_iterator(parameters.text("root")))
      plan.items.push_back(
          {.id = entry.path().filename(), .seconds = 1, .file = entry.path(), .payload = entry.path()});
    std::sort(plan.items.begin(), plan.items.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return plan;
  };
  kind.make = [](const NodeContext&) {
    return node_of([](Work& work) {
      const auto file = std::any_cast<fs::path>(work.output.get(engine::planned));
      std::ifstream stream(file);
      double value = 0;
      if (!(stream >> value)) throw MachineFault("{}: cannot be read", file.string());
      if (value > 100) work.output.remarks.push_back({"", "is large"});
      work.output.set(value_field, value);
    });
  };
  return kind;
}

struct Study {
  TemporaryFolder folder;
  Registry registry = test_registry();
  std::atomic<bool> stop{false};
  std::string root = "numbers";
  std::string more;  ///< lines of the graph
  bool verify_inputs = false, whole = true;

  Study() {
    registry.add(files_kind());
    for (int i = 0; i < 6; ++i) put("numbers", i, i);
  }
  void put(const std::string& where, int name, double value) const {
    fs::create_directories(folder / where);
    std::ofstream(folder / where / std::to_string(name)) << value;
  }
  std::string graph() const {
    return "name: s\nshard_items: 3\nnodes:\n  in: {kind: files, root: " + (folder / root).string() +
           "}\n  out: {kind: lines, from: in}\n  twice: {kind: add, from: in, amount: 1}\n" +
           "  other: {kind: lines, from: twice}\nthen:\n  total: {kind: sum, from: out}\n" + more;
  }
  RunReport run() {
    const Graph read = read_graph(folder.write("g.yaml", graph()), registry, {});
    RunOptions options;
    options.folder = folder / "run";
    options.threads = 2;
    options.bars = false;
    options.quiet = true;
    options.verify_inputs = verify_inputs;
    options.whole = whole;
    return run_graph(read, make_plan(read), options, stop);
  }
  fs::path output(const std::string& file) const { return folder / "run" / file; }
  std::string text(const std::string& file) const { return read_text(output(file)); }

  /// Another byte in the middle of a finished file, its times as they were.
  void damage(const std::string& file) const {
    const auto time = fs::last_write_time(output(file));
    std::string bytes = text(file);
    bytes[bytes.size() / 2] ^= 1;
    std::ofstream(output(file), std::ios::binary) << bytes;
    fs::last_write_time(output(file), time);
  }
};

}  // namespace

TEST_CASE("one flipped bit in a finished file: the next run makes it again, with the same bytes") {
  Study study;
  CHECK(study.run().complete());
  for (const std::string file : {"lines/out/00001.txt", "sums/total.txt"}) {
    const std::string before = study.text(file);
    study.damage(file);
    const auto description = describe_run(study.output(""));
    CHECK(description.damaged == 1);
    CHECK(description.text.find(file + ": damaged: it does not hold what it held") != std::string::npos);
    const RunReport report = study.run();
    CHECK(report.damaged == 1);
    CHECK(report.made == 1);
    CHECK(report.complete());
    CHECK(study.text(file) == before);
    CHECK(describe_run(study.output("")).damaged == 0);
  }
}

TEST_CASE("damage that leaves size and times as they were is found before a task builds upon it, and by --verify") {
  Study study;
  study.run();
  // A large file, whose quick check reads a few blocks only; the ledger is told that nothing else changed.
  const std::string file = "lines/out/00000.txt";
  {
    std::ofstream(study.output(file), std::ios::app) << std::string(4'000'000, ' ') << "\n";
    storage::Ledger ledger(study.output("ledger"));
    auto record = ledger.take_found().at("lines/out/00000");
    record.outputs = {storage::measure_output(study.output(""), file)};
    study.damage(file);
    record.outputs[0].stamp = storage::measure_output(study.output(""), file).stamp;
    record.outputs[0].checked = 1;
    ledger.append(record);
  }
  CHECK(describe_run(study.output("")).damaged == 0);
  const auto description = describe_run(study.output(""), Check::everything);
  CHECK(description.damaged == 1);
  const RunReport report = study.run();  // `total` has other inputs by now, and reads what is damaged
  CHECK(report.damaged == 1);
  CHECK(report.complete());
  CHECK(study.text(file).size() < 100);
  CHECK(study.text("sums/total.txt") == "sum 15\n");
}

TEST_CASE("a run folder that was copied has other times: everything is read once, and kept") {
  Study study;
  study.run();
  fs::rename(study.output(""), study.folder / "old");
  fs::copy(study.folder / "old", study.output(""), fs::copy_options::recursive);
  const RunReport report = study.run();
  CHECK(report.made == 0);
  CHECK(report.damaged == 0);
  const std::string ledger = study.text("ledger");
  CHECK(study.run().made == 0);
  CHECK(study.text("ledger") == ledger);  // remembered: nothing to write down any more
}

TEST_CASE("a corpus that moved, or that was copied without its times, is the same corpus; its bytes decide") {
  Study study;
  study.run();
  fs::rename(study.folder / "numbers", study.folder / "elsewhere");
  study.root = "elsewhere";
  CHECK(study.run().made == 0);
  fs::copy(study.folder / "elsewhere", study.folder / "copy");
  for (const auto& entry : fs::directory_iterator(study.folder / "copy"))
    fs::last_write_time(entry.path(), fs::last_write_time(entry.path()) + std::chrono::hours(5));
  study.root = "copy";
  CHECK(study.run().made == 0);
  study.put("copy", 4, 7);
  const RunReport report = study.run();
  CHECK(report.made == 1 + 1);  // the second shard (both sinks are one unit), and the total
  CHECK(study.text("sums/total.txt") == "sum 18\n");
}

TEST_CASE("other contents under the same size and times are found when they are asked for") {
  Study study;
  study.run();
  // As a file system without a time of change has it: the table believes the file to be what it was.
  study.put("numbers", 2, 9);
  auto table = storage::read_contents(study.output(""));
  for (auto& line : table)
    if (line.item == "2") line.stamp = file_stamp(study.folder / "numbers/2");
  storage::write_contents(study.output(""), table);
  CHECK(study.run().made == 0);
  study.verify_inputs = true;
  CHECK(study.run().made > 0);
  CHECK(study.text("lines/out/00000.txt") == "0 0\n1 1\n2 9\n");
  study.verify_inputs = false;
  CHECK(study.run().made == 0);
}

TEST_CASE("a file that could not be read for a while makes no difference in the end") {
  Study undisturbed;
  undisturbed.run();
  Study study;
  fs::rename(study.folder / "numbers/1", study.folder / "hidden");
  std::ofstream(study.folder / "numbers/1") << "";
  CHECK(study.run().to_retry == 1);
  fs::rename(study.folder / "hidden", study.folder / "numbers/1");
  CHECK(study.run().complete());
  CHECK(study.text("lines/out/00000.txt") == undisturbed.text("lines/out/00000.txt"));
  CHECK(study.text("sums/total.txt") == undisturbed.text("sums/total.txt"));
}

TEST_CASE("shards beyond the plan are set aside, do not count, and come back when the graph makes them again") {
  Study study;
  study.run();
  const std::string last = study.text("lines/out/00001.txt");
  for (const int number : {3, 4, 5})
    fs::rename(study.folder / "numbers" / std::to_string(number), study.folder / ("kept" + std::to_string(number)));
  CHECK(study.run().complete());
  CHECK_FALSE(fs::exists(study.output("lines/out/00001.txt")));
  CHECK(study.text("set_aside/lines/out/00001.txt") == last);
  CHECK_FALSE(storage::read_ledger(study.output("ledger")).contains("lines/out/00001"));
  CHECK_FALSE(storage::FinishedFiles(study.output("")).count(study.output("lines/out/00001.txt")));
  for (const int number : {3, 4, 5})
    fs::rename(study.folder / ("kept" + std::to_string(number)), study.folder / "numbers" / std::to_string(number));
  const RunReport back = study.run();
  CHECK(back.made == 1);  // the total
  CHECK(study.text("lines/out/00001.txt") == last);
  CHECK_FALSE(fs::exists(study.output("set_aside")));
}

TEST_CASE("what a whole graph makes no more is set aside; a part of a graph leaves the rest alone") {
  Study study;
  study.more = "  extra: {kind: sum, from: other}\n";
  study.run();
  study.more = "";
  study.whole = false;
  study.run();
  CHECK(fs::exists(study.output("sums/extra.txt")));
  study.whole = true;
  study.run();
  CHECK_FALSE(fs::exists(study.output("sums/extra.txt")));
  CHECK(fs::exists(study.output("set_aside/sums/extra.txt")));
  study.more = "  extra: {kind: sum, from: other}\n";
  CHECK(study.run().made == 0);
  CHECK(fs::exists(study.output("sums/extra.txt")));
}

TEST_CASE("what a killed run left in work/ of a finished task goes") {
  Study study;
  study.run();
  fs::create_directories(study.output("work/sums/total"));
  std::ofstream(study.output("work/sums/total/inputs")) << "x";
  study.run();
  CHECK_FALSE(fs::exists(study.output("work/sums/total")));
}

TEST_CASE("remarks stand in remarks.tsv, those about what was read once, and are counted") {
  Study study;
  study.put("numbers", 5, 500);
  const RunReport report = study.run();
  CHECK(report.complete());
  CHECK(report.remarks == 1);  // two flows read the file
  CHECK(study.text("remarks.tsv") == "unit\tnode\titem\tremark\n-\tin\t5\tis large\n");
  CHECK(study.run().remarks == 1);
  CHECK(describe_run(study.output("")).text.find("1 remark, told in") != std::string::npos);
}
