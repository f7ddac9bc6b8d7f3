#include "engine/runtime/run_tables.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/durable_file.h"

namespace cfo::engine {
namespace {

std::string cell(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
  return text;
}

}  // namespace

std::size_t write_run_tables(const std::filesystem::path& folder, const Plan& plan, const storage::Ledger& ledger,
                             const std::function<bool(std::size_t)>& is_done,
                             const std::vector<UnitFailure>& unit_failures) {
  std::string failures = "unit\tnode\titem\treason\n";
  std::string metrics = "unit\tnode\titems\tbatches\tbusy_s\twait_s\tqueue_max\n";
  std::size_t items = plan.faults.size();
  for (const auto& fault : plan.faults)
    failures += fmt::format("-\t{}\t{}\t{}\n", fault.node, cell(fault.item), cell(fault.reason));
  for (std::size_t i = 0; i < plan.units.size(); ++i) {
    const storage::LedgerRecord* record = is_done(i) ? ledger.find(plan.units[i].id) : nullptr;
    if (record == nullptr) continue;
    items += record->failures.size();
    for (const auto& failure : record->failures)
      failures += fmt::format("{}\t{}\t{}\t{}\n", record->unit, failure.node, cell(failure.item), cell(failure.reason));
    for (const auto& m : record->metrics)
      metrics += fmt::format("{}\t{}\t{}\t{}\t{:.3f}\t{:.3f}\t{}\n", record->unit, m.node, m.items, m.batches,
                             m.busy_seconds, m.wait_seconds, m.queue_most);
  }
  for (const auto& failure : unit_failures)
    failures += fmt::format("{}\t{}\t-\t{}\n", failure.unit, failure.node, cell(failure.reason));
  write_durably(folder / "failures.tsv", failures);
  write_durably(folder / "metrics.tsv", metrics);
  return items;
}

std::filesystem::path scratch_folder(const std::filesystem::path& run_folder, const Unit& unit) {
  return run_folder / "work" / unit.id;
}

}  // namespace cfo::engine
