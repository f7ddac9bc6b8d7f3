// RUN/metrics.tsv: what each node did in each unit. Columns unit, node, items, batches, busy_s, wait_s, queue_max.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "storage/run_folder/ledger.h"

namespace cfo::storage {

struct MetricLine {
  std::string unit;
  NodeMetrics metrics;
};

/// Writes the table whole, durably; seconds to a thousandth.
void write_metrics(const std::filesystem::path& run, std::span<const MetricLine> metrics);

/// None where there is no table; a number that cannot be read is 0.
std::vector<MetricLine> read_metrics(const std::filesystem::path& run);

}  // namespace cfo::storage
