#include "storage/run_folder/metric_table.h"

#include <fmt/format.h>

#include <cmath>

#include "base/durable_file.h"
#include "storage/run_folder/layout.h"
#include "storage/run_folder/separated.h"

namespace cfo::storage {

void write_metrics(const std::filesystem::path& run, std::span<const MetricLine> metrics) {
  std::string text = "unit\tnode\titems\tbatches\tbusy_s\twait_s\tqueue_max\n";
  for (const auto& [unit, m] : metrics)
    text += fmt::format("{}\t{}\t{}\t{}\t{:.3f}\t{:.3f}\t{}\n", unit, m.node, m.items, m.batches, m.busy_seconds,
                        m.wait_seconds, m.queue_most);
  write_durably(run / metrics_file, text);
}

std::vector<MetricLine> read_metrics(const std::filesystem::path& run) {
  std::vector<MetricLine> metrics;
  for (const auto& row : separated::read(run / metrics_file, '\t')) {
    const auto seconds = [&](const char* column) {
      const double value = row.number(column);
      return std::isfinite(value) ? value : 0;
    };
    metrics.push_back({row.text("unit"),
                       {row.text("node"), row.count("items"), row.count("batches"), seconds("busy_s"),
                        seconds("wait_s"), row.count("queue_max")}});
  }
  return metrics;
}

}  // namespace cfo::storage
