#include "engine/runtime/run_tables.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/durable_file.h"

namespace cfo::engine {
namespace {

constexpr auto least_pause = std::chrono::seconds(2);  ///< between two writings while units finish
constexpr int pause_for_work = 20;                     ///< times as long as the last writing took

std::string cell(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
  return text;
}

}  // namespace

std::size_t write_run_tables(const std::filesystem::path& folder, const Plan& plan, const RunTables& tables) {
  std::string failures = "unit\tnode\titem\treason\n";
  std::string metrics = "unit\tnode\titems\tbatches\tbusy_s\twait_s\tqueue_max\n";
  std::size_t items = plan.faults.size();
  for (const auto& fault : plan.faults)
    failures += fmt::format("-\t{}\t{}\t{}\n", fault.node, cell(fault.item), cell(fault.reason));
  for (const auto* record : tables.finished) {
    if (record == nullptr) continue;
    items += record->failures.size();
    for (const auto& failure : record->failures)
      failures += fmt::format("{}\t{}\t{}\t{}\n", record->unit, failure.node, cell(failure.item), cell(failure.reason));
    for (const auto& m : record->metrics)
      metrics += fmt::format("{}\t{}\t{}\t{}\t{:.3f}\t{:.3f}\t{}\n", record->unit, m.node, m.items, m.batches,
                             m.busy_seconds, m.wait_seconds, m.queue_most);
  }
  for (const auto& failure : tables.failures)
    failures += fmt::format("{}\t{}\t-\t{}\n", failure.unit, failure.node, cell(failure.reason));
  write_durably(folder / "failures.tsv", failures);
  write_durably(folder / "metrics.tsv", metrics);
  return items;
}

void TableWriter::write_some_time() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || Clock::now() < next_) return;
  const auto begin = Clock::now();
  write_run_tables(folder_, plan_, tables_());
  const auto end = Clock::now();
  next_ = end + std::max<Clock::duration>(least_pause, pause_for_work * (end - begin));
}

std::size_t TableWriter::write_now() {
  const std::lock_guard lock(mutex_);
  return write_run_tables(folder_, plan_, tables_());
}

std::filesystem::path scratch_folder(const std::filesystem::path& run_folder, const Unit& unit) {
  return run_folder / "work" / unit.id;
}

}  // namespace cfo::engine
