// The ledger: what is written is read, and a damaged line stops a run but not a report.
#include "storage/run_folder/ledger.h"

#include <doctest/doctest.h>

#include <fstream>

#include "base/durable_file.h"
#include "storage/run_folder/folder_lock.h"
#include "storage/run_folder/layout.h"
#include "tests/support/temporary_folder.h"

using namespace cfo;
using namespace cfo::storage;
using namespace cfo::test;

namespace {

LedgerRecord record(const std::string& unit) {
  LedgerRecord made;
  made.unit = unit;
  made.node = "out";
  made.inputs = "0123";
  made.outputs = {{"shards/a.h5", 12, "ab"}};
  made.items = 3;
  made.failed = 1;
  made.device = "cuda:1";
  made.failures = {{"in", "p1_001", "p1_001.wav: no"}, {"in", "p1_002", "Permission denied", true}};
  made.metrics = {{"in", 3, 2, 1.5, 0.5, 4}};
  return made;
}

}  // namespace

TEST_CASE("a record comes back as it was, and the last one of a unit counts") {
  const TemporaryFolder run;
  {
    Ledger ledger(run / ledger_file);
    CHECK(ledger.take_found().empty());
    LedgerRecord first = record("u");
    first.items = 99;
    ledger.append(first);
    ledger.append(record("u"));
    LedgerRecord plain;
    plain.unit = "v";
    ledger.append(plain);
  }
  const std::string text = read_text(run / ledger_file);
  CHECK(text.find("\"retry\":true") != std::string::npos);
  Ledger ledger(run / ledger_file);
  const auto found = ledger.take_found();
  REQUIRE(found.size() == 2);
  const LedgerRecord& read = found.at("u");
  CHECK(read.items == 3);
  CHECK(read.device == "cuda:1");
  CHECK(read.outputs[0].sha256 == "ab");
  CHECK_FALSE(read.failures[0].retry);
  CHECK(read.failures[1].retry);
  CHECK(read.metrics[0].queue_most == 4);
}

TEST_CASE("a torn last line is cut off; a damaged one elsewhere stops a run, and is a remark of a report") {
  const TemporaryFolder run;
  {
    Ledger ledger(run / ledger_file);
    for (const char* unit : {"a", "b", "c"}) ledger.append(record(unit));
  }
  const std::string whole = read_text(run / ledger_file);
  write_file(run / ledger_file, whole.substr(0, whole.size() - 9));
  CHECK(read_ledger(run / ledger_file).size() == 2);
  CHECK(read_ledger_leniently(run / ledger_file).remarks.empty());
  CHECK(Ledger(run / ledger_file).take_found().size() == 2);
  std::string damaged = whole;
  damaged[damaged.find('\n') + 3] = '\x01';
  write_file(run / ledger_file, damaged);
  CHECK_THROWS_WITH(read_ledger(run / ledger_file), doctest::Contains("ledger:2: this line of the ledger is damaged"));
  const auto [records, remarks] = read_ledger_leniently(run / ledger_file);
  CHECK(records.size() == 2);
  REQUIRE(remarks.size() == 1);
  CHECK(remarks[0].ends_with("ledger:2: this line of the ledger is damaged and left out"));
  CHECK(read_ledger_leniently(run / "absent").records.empty());
}

TEST_CASE("one program at a time works in a run folder") {
  const TemporaryFolder run;
  CHECK_FALSE(is_locked(run.path()));
  {
    const FolderLock lock(run.path());
    CHECK(is_locked(run.path()));
    CHECK_THROWS_WITH(FolderLock(run.path()), doctest::Contains("another cfo-run is working in this run folder"));
  }
  CHECK_FALSE(is_locked(run.path()));
}
