// The tables of a run folder: failures.tsv, remarks.tsv and metrics.tsv.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "engine/plan/inputs.h"
#include "engine/plan/plan.h"

namespace cfo::engine {

/// A unit that could not be finished in this run.
struct UnitFailure {
  std::string unit, node, reason;
};

/// What the tables tell.
struct RunTables {
  FinishedRecords finished;
  std::vector<UnitFailure> failures;
};

struct TableLengths {
  std::size_t failed_items = 0;  ///< lines of failures.tsv about items
  std::size_t remarks = 0;
};

/// Writes the tables, whole, in plan order: the finished units, the planner's faults and the units that failed. A
/// remark about what was read stands there once, however many units read it. Durable.
TableLengths write_run_tables(const std::filesystem::path& folder, const Plan& plan, const RunTables& tables);

/// Rewrites the tables while units finish, but not with each of them: a table is as long as the run, so that would make
/// a unit dearer the more there are.
class TableWriter {
 public:
  /// `tables`: what there is to tell now; called by any thread that finishes a unit.
  TableWriter(std::filesystem::path folder, const Plan& plan, std::function<RunTables()> tables)
      : folder_(std::move(folder)), plan_(plan), tables_(std::move(tables)) {}

  /// Writes when the last writing is some seconds ago and took little of the time since; any thread.
  void write_if_due();
  TableLengths write_now();

 private:
  using Clock = std::chrono::steady_clock;
  std::filesystem::path folder_;
  const Plan& plan_;
  std::function<RunTables()> tables_;
  std::mutex mutex_;
  Clock::time_point next_ = Clock::now();
};

/// Where a task keeps what it needs to go on after a break: RUN/work/<unit>.
std::filesystem::path scratch_folder(const std::filesystem::path& run_folder, const Unit& unit);

}  // namespace cfo::engine
