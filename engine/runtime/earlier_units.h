// What earlier runs left in a run folder, unit by unit: what stays, what was damaged since, what the graph makes no
// more.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/plan/contents.h"
#include "engine/plan/inputs.h"
#include "engine/plan/plan.h"
#include "storage/run_folder/ledger.h"
#include "storage/run_folder/output_check.h"

namespace cfo::engine {

class EarlierUnits {
 public:
  /// `found`: what the ledger holds.
  EarlierUnits(const Graph& graph, const Plan& plan, std::filesystem::path folder,
               std::map<std::string, storage::LedgerRecord> found);

  /// Units that the graph makes no more do not count: their outputs go below RUN/set_aside, and those of units that it
  /// makes again come back from there. `whole`: the plan is all that the graph makes; else (--only) just the shards
  /// beyond the last one of a planned set are meant. Returns a sentence about what went, or "".
  std::string set_aside(storage::Ledger& ledger, bool whole);

  struct Settings {
    bool retry_failed = false;  ///< units of which items failed are made again
    bool verify = true;         ///< what is built upon now is read whole before
    int threads = 1;
    const std::atomic<bool>* stop = nullptr;
    /// What takes long, and the share of it that is done.
    std::function<void(const std::string& what, double fraction)> progress = [](const std::string&, double) {};
  };
  /// By unit: made from the same inputs, and all there. Broken off by `stop` nothing stays.
  std::vector<bool> staying(Contents& contents, const Settings& settings);

  /// Whether a unit that did not stay is right after all, because what it waits for was made again with the same
  /// bytes. Reads its outputs whole.
  bool is_valid(std::size_t unit, const std::string& inputs, bool retry_failed);

  storage::LedgerRecord& record(std::size_t unit) { return records_[unit]; }
  bool was_made(std::size_t unit) const { return !records_[unit].unit.empty(); }
  /// Outputs that are not what they were, so far.
  const std::vector<storage::Damage>& damage() const { return damage_; }
  /// Writes down what was learnt of files with new times.
  void remember(storage::Ledger& ledger);

 private:
  std::vector<bool> chain(Contents& contents, bool retry_failed);
  bool fits(std::size_t unit, const std::string& inputs, bool retry_failed) const;
  void note(std::size_t unit, storage::OutputCheck check);
  /// Reads whole what units that do not stay wait for; false when some of it is damaged.
  bool verify(const std::vector<bool>& stays, const Settings& settings);

  const Graph& graph_;
  const Plan& plan_;
  std::filesystem::path folder_;
  std::map<std::string, storage::LedgerRecord> others_;  ///< not of the plan
  std::vector<storage::LedgerRecord> records_;           ///< by unit; without a name where there is none
  std::vector<storage::OutputCheck> checks_;             ///< by unit
  std::vector<bool> verified_;                           ///< by unit: read whole by this process
  std::vector<storage::Damage> damage_;
};

}  // namespace cfo::engine
