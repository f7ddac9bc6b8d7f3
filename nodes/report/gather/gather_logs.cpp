// How a run went: the ledger, the training logs, metrics.tsv and failures.tsv.
#include <algorithm>
#include <cmath>

#include "nodes/report/gather/study.h"

namespace cfo::report {
namespace fs = std::filesystem;
namespace {

uint64_t count_in(const Row& row, const std::string& column) {
  const double value = number_in(row, column);
  return value > 0 ? static_cast<uint64_t>(value) : 0;
}

double seconds_in(const Row& row, const std::string& column) {
  const double value = number_in(row, column);
  return std::isfinite(value) ? value : 0;
}

std::vector<NodeTime> read_nodes(const fs::path& file) {
  std::map<std::string, NodeTime> nodes;
  for (const auto& row : read_table(file, '\t')) {
    NodeTime& node = nodes[text_in(row, "node")];
    node.node = text_in(row, "node");
    node.items += count_in(row, "items");
    node.batches += count_in(row, "batches");
    node.busy_seconds += seconds_in(row, "busy_s");
    node.wait_seconds += seconds_in(row, "wait_s");
    node.queue_max = std::max(node.queue_max, count_in(row, "queue_max"));
  }
  std::vector<NodeTime> sorted;
  for (const auto& [name, node] : nodes) sorted.push_back(node);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.busy_seconds > b.busy_seconds; });
  return sorted;
}

std::vector<FailedItem> read_failures(const fs::path& file) {
  std::vector<FailedItem> failures;
  for (const auto& row : read_table(file, '\t')) {
    failures.push_back({text_in(row, "unit"), text_in(row, "node"), text_in(row, "item"), text_in(row, "reason")});
  }
  return failures;
}

TrainingLog read_training(const fs::path& file) {
  TrainingLog log;
  log.model = file.parent_path().filename().string();
  for (const auto& row : read_table(file, ',')) {
    log.points.push_back({number_in(row, "epoch"), number_in(row, "step"), number_in(row, "train_loss"),
                          number_in(row, "validation_eer")});
  }
  return log;
}

std::vector<TrainingLog> read_all_training(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return {};
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (fs::is_regular_file(entry.path() / "log.csv", ignored)) names.push_back(entry.path().filename().string());
  }
  std::vector<TrainingLog> logs;
  for (const auto& name : in_report_order(names)) {
    TrainingLog log = read_training(folder / name / "log.csv");
    if (!log.points.empty()) logs.push_back(std::move(log));
  }
  return logs;
}

}  // namespace

Logs gather_logs(const fs::path& run) {
  auto [units, remarks] = read_units(run / "ledger");
  return {std::move(units), read_all_training(run / "models"), read_nodes(run / "metrics.tsv"),
          read_failures(run / "failures.tsv"), std::move(remarks)};
}

}  // namespace cfo::report
