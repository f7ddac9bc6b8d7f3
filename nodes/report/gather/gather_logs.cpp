// How a run went: the ledger, the training logs, metrics.tsv and failures.tsv.
#include <algorithm>
#include <map>

#include "nodes/report/gather/study.h"
#include "storage/run_folder/layout.h"
#include "storage/run_folder/metric_table.h"
#include "storage/run_folder/training_log.h"

namespace cfo::report {
namespace fs = std::filesystem;
namespace {

std::vector<storage::NodeMetrics> sum_nodes(const std::vector<storage::MetricLine>& lines) {
  std::map<std::string, storage::NodeMetrics> nodes;
  for (const auto& [unit, metrics] : lines) nodes[metrics.node] += metrics;
  std::vector<storage::NodeMetrics> sorted;
  for (auto& [name, node] : nodes) {
    node.node = name;
    sorted.push_back(node);
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.busy_seconds > b.busy_seconds; });
  return sorted;
}

std::vector<TrainingLog> read_all_training(const storage::FinishedFiles& files) {
  const fs::path folder = files.run() / storage::models_folder;
  std::vector<std::string> names;
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return {};
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path log = entry.path() / storage::training_log_file;
    if (fs::is_regular_file(log, ignored) && files.count(log)) names.push_back(entry.path().filename().string());
  }
  std::vector<TrainingLog> logs;
  for (const auto& name : in_report_order(names)) {
    TrainingLog log{.model = name, .points = {}};
    for (const auto& epoch : storage::read_training_log(folder / name))
      log.points.push_back(
          {static_cast<double>(epoch.epoch), static_cast<double>(epoch.step), epoch.train_loss, epoch.validation_eer});
    if (!log.points.empty()) logs.push_back(std::move(log));
  }
  return logs;
}

}  // namespace

Logs gather_logs(const storage::FinishedFiles& files) {
  const fs::path& run = files.run();
  auto [records, remarks] = storage::read_ledger_leniently(run / storage::ledger_file);
  Logs logs;
  for (auto& [name, record] : records) logs.units.push_back(std::move(record));
  logs.training = read_all_training(files);
  logs.nodes = sum_nodes(storage::read_metrics(run));
  logs.failures = storage::read_failures(run);
  logs.item_remarks = storage::read_remarks(run);
  logs.remarks = std::move(remarks);
  return logs;
}

}  // namespace cfo::report
