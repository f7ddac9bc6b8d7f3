#include "engine/runtime/run_tables.h"

#include <algorithm>
#include <set>
#include <utility>

#include "storage/run_folder/item_tables.h"
#include "storage/run_folder/metric_table.h"

namespace cfo::engine {
namespace {

constexpr auto least_pause = std::chrono::seconds(2);  ///< between two writings while units finish
constexpr int pause_for_work = 20;                     ///< times as long as the last writing took

}  // namespace

TableLengths write_run_tables(const std::filesystem::path& folder, const Plan& plan, const RunTables& tables) {
  std::vector<storage::ItemLine> failures;
  std::vector<storage::MetricLine> metrics;
  for (const auto& fault : plan.faults) failures.push_back({"-", fault.node, fault.item, fault.reason});
  std::vector<storage::ItemLine> remarks;
  std::set<std::pair<std::string, std::string>> told;  ///< items of sources
  for (std::size_t i = 0; i < tables.finished.size(); ++i) {
    const auto* record = tables.finished[i];
    if (record == nullptr) continue;
    for (const auto& remark : record->remarks) {
      const bool read = plan.units[i].items_from() == remark.node;
      if (!read || told.emplace(remark.item, remark.text).second)
        remarks.push_back({read ? "-" : record->unit, remark.node, remark.item, remark.text});
    }
    for (const auto& failure : record->failures)
      failures.push_back({record->unit, failure.node, failure.item, failure.reason});
    for (const auto& node : record->metrics) metrics.push_back({record->unit, node});
  }
  const std::size_t items = failures.size();
  for (const auto& failure : tables.failures) failures.push_back({failure.unit, failure.node, "-", failure.reason});
  storage::write_failures(folder, failures);
  storage::write_metrics(folder, metrics);
  storage::write_remarks(folder, remarks);
  return {items, remarks.size()};
}

void TableWriter::write_if_due() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || Clock::now() < next_) return;
  const auto begin = Clock::now();
  write_run_tables(folder_, plan_, tables_());
  const auto end = Clock::now();
  next_ = end + std::max<Clock::duration>(least_pause, pause_for_work * (end - begin));
}

TableLengths TableWriter::write_now() {
  const std::lock_guard lock(mutex_);
  return write_run_tables(folder_, plan_, tables_());
}

std::filesystem::path scratch_folder(const std::filesystem::path& run_folder, const Unit& unit) {
  return run_folder / "work" / unit.id;
}

}  // namespace cfo::engine
