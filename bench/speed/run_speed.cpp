#include "bench/speed/run_speed.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "storage/run_folder/layout.h"

namespace cfo::bench {
namespace {

/// A flow tells what its nodes did; a task has none.
bool is_flow(const storage::LedgerRecord& record) { return !record.metrics.empty(); }

std::vector<NodeSpeed> nodes_of(const std::map<std::string, storage::NodeMetrics>& sums, double wall, double busy) {
  std::vector<NodeSpeed> nodes;
  for (const auto& [name, sum] : sums) {
    nodes.push_back({.node = name,
                     .items = sum.items,
                     .batches = sum.batches,
                     .busy_seconds = sum.busy_seconds,
                     .busy_threads = wall > 0 ? sum.busy_seconds / wall : 0,
                     .share = busy > 0 ? sum.busy_seconds / busy : 0,
                     .wait_seconds = sum.items > 0 ? sum.wait_seconds / static_cast<double>(sum.items) : 0,
                     .queue_most = sum.queue_most});
  }
  std::sort(nodes.begin(), nodes.end(), [](const auto& a, const auto& b) { return a.busy_seconds > b.busy_seconds; });
  return nodes;
}

}  // namespace

RunSpeed summarise(const std::vector<storage::LedgerRecord>& records) {
  RunSpeed speed;
  std::map<std::string, storage::NodeMetrics> nodes;
  std::map<std::string, TaskSpeed> tasks;
  for (const auto& record : records) {
    if (!is_flow(record)) {
      auto& task = tasks[record.node];
      task = {record.node, task.units + 1, task.wall + record.wall, task.cpu + record.cpu};
      continue;
    }
    ++speed.units;
    speed.items += record.items;
    speed.failed += record.failed;
    speed.audio_seconds += record.seconds;
    speed.wall += record.wall;
    speed.audio_of_unit[record.unit] = record.seconds;
    for (const auto& metrics : record.metrics) {
      nodes[metrics.node] += metrics;
      speed.busy += metrics.busy_seconds;
    }
  }
  speed.nodes = nodes_of(nodes, speed.wall, speed.busy);
  for (const auto& [name, task] : tasks) speed.tasks.push_back(task);
  std::sort(speed.tasks.begin(), speed.tasks.end(), [](const auto& a, const auto& b) { return a.wall > b.wall; });
  return speed;
}

RunSpeed read_run_speed(const std::filesystem::path& run) {
  const std::filesystem::path file = run / storage::ledger_file;
  if (!std::filesystem::is_directory(run)) throw Error("{}: no such run folder; check the path", run.string());
  if (!std::filesystem::exists(file))
    throw Error("{}: has no ledger, so it is no run folder; let cfo-run make one", run.string());
  std::vector<storage::LedgerRecord> records;
  for (const auto& [unit, record] : storage::read_ledger(file)) records.push_back(record);
  const RunSpeed speed = summarise(records);
  if (speed.units == 0)
    throw Error("{}: no shard of this run is finished yet; wait for one or run the graph again", run.string());
  return speed;
}

}  // namespace cfo::bench
