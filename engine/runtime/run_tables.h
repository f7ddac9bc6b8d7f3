// The tables of a run folder: failures.tsv and metrics.tsv.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/plan/plan.h"
#include "storage/run_folder/ledger.h"

namespace cfo::engine {

/// A unit that could not be finished in this run.
struct UnitFailure {
  std::string unit, node, reason;
};

/// Writes both tables, whole, in plan order: `is_done` units from the ledger, the planner's faults and `unit_failures`.
/// Returns the number of item lines in failures.tsv. Durable.
std::size_t write_run_tables(const std::filesystem::path& folder, const Plan& plan, const storage::Ledger& ledger,
                             const std::function<bool(std::size_t)>& is_done,
                             const std::vector<UnitFailure>& unit_failures);

/// Where a task keeps what it needs to go on after a break: RUN/work/<unit>.
std::filesystem::path scratch_folder(const std::filesystem::path& run_folder, const Unit& unit);

}  // namespace cfo::engine
