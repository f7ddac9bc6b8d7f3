// The run's ledger: which units are done, with what inputs, giving which files. Append-only, synced line by line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace cfo::storage {

struct ItemFailure {
  std::string node, item, reason;
  bool retry = false;  ///< for a reason that lies with the machine (MachineFault): the next run tries it again
};

/// What is odd about an item that was made all the same.
struct ItemRemark {
  std::string node, item, text;
};

struct NodeMetrics {
  std::string node;
  uint64_t items = 0;  ///< that reached it, failed ones not counted
  uint64_t batches = 0;
  double busy_seconds = 0;  ///< in its body, over all threads
  double wait_seconds = 0;  ///< items waited for it, summed
  uint64_t queue_most = 0;  ///< most items waiting at once

  /// The same node in another unit.
  NodeMetrics& operator+=(const NodeMetrics& other);
};

struct OutputFile {
  std::string path;  ///< below the run folder
  uint64_t bytes = 0;
  std::string sha256;      ///< of a file; of the names and digests of what a folder holds
  std::string quick = {};  ///< over a few blocks of it (output_check.h); "" in ledgers older than this
  std::string stamp = {};  ///< its size and times when it was last read whole
  int64_t checked = 0;     ///< when that was, seconds since 1970
};

/// One finished unit: one JSON line of the ledger.
struct LedgerRecord {
  std::string unit, kind, node;
  std::string inputs;  ///< digest of everything the outputs depend on
  std::vector<OutputFile> outputs;
  uint64_t items = 0, failed = 0;
  double seconds = 0;             ///< audio
  double wall = 0, cpu = 0;       ///< seconds it took
  std::string started, finished;  ///< ISO 8601, UTC
  std::string engine;             ///< version that made it
  std::string device;             ///< that computed it: cpu, cuda, cuda:1, "cpu, cuda"; "" where no node has a choice
  std::vector<ItemFailure> failures;
  std::vector<ItemRemark> remarks;
  std::vector<NodeMetrics> metrics;
  bool set_aside = false;  ///< the graph makes it no more: its outputs are below RUN/set_aside, and it does not count
};

/// Opens (or starts) RUN/ledger for writing. A last line torn by a crash is cut off; a damaged line elsewhere is an
/// Error naming file and line.
class Ledger {
 public:
  explicit Ledger(std::filesystem::path file);
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// What the file held when it was opened: the last record of each unit, those set aside among them. Moved out by the
  /// first call.
  std::map<std::string, LedgerRecord> take_found() { return std::move(found_); }
  /// Appends and syncs. Any thread. Throws OutOfSpace or Error; the file is then as it was before.
  void append(const LedgerRecord& record);
  void append(const std::vector<const LedgerRecord*>& records);

 private:
  std::filesystem::path file_;
  int descriptor_ = -1;
  std::mutex mutex_;
  std::map<std::string, LedgerRecord> found_;
};

/// The records of a ledger file that are not set aside, without opening it for writing (a run may be going on). Throws
/// Error for a damaged line other than the last.
std::map<std::string, LedgerRecord> read_ledger(const std::filesystem::path& file);

/// The same for a report, which is also wanted of a run that is broken: damaged lines are left out, a sentence for
/// each. Nothing where there is no ledger.
struct LedgerReading {
  std::map<std::string, LedgerRecord> records;
  std::vector<std::string> remarks;
};
LedgerReading read_ledger_leniently(const std::filesystem::path& file);

/// LedgerRecord::device without numbers: "cpu, cuda:1" -> "cpu, cuda". Results of the CPU and of a GPU differ in their
/// last digits, those of two alike GPUs do not.
std::string device_types(const std::string& devices);

/// "2026-11-23T01:02:03Z"
std::string utc_now();

}  // namespace cfo::storage
