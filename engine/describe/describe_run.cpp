// What cfo-inspect run shows.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>

#include "base/error.h"
#include "base/process/progress.h"
#include "engine/describe/describe.h"
#include "storage/run_folder/failure_table.h"
#include "storage/run_folder/folder_lock.h"
#include "storage/run_folder/layout.h"
#include "storage/run_folder/ledger.h"
#include "storage/run_folder/run_status.h"

namespace cfo::engine {
namespace fs = std::filesystem;
namespace {

/// What the finished units of one node took and made.
struct NodeFigures {
  std::size_t units = 0, items = 0, failed = 0;
  double bytes = 0, audio = 0, wall = 0;
  std::set<std::string> devices;

  void add(const storage::LedgerRecord& record) {
    ++units;
    items += record.items;
    failed += record.failed;
    audio += record.seconds;
    wall += record.wall;
    for (const auto& output : record.outputs) bytes += static_cast<double>(output.bytes);
    if (!record.device.empty()) devices.insert(storage::device_types(record.device));
  }
};

std::string finished_text(const std::map<std::string, storage::LedgerRecord>& records) {
  std::map<std::string, NodeFigures> by_node;
  for (const auto& [id, record] : records) by_node[record.node].add(record);
  std::string text = fmt::format("  {:<20} {:>6} {:>9} {:>7} {:>10} {:>9} {:>10} {:>11}\n", "node", "units", "items",
                                 "failed", "audio", "wall", "size", "audio s/s");
  for (const auto& [node, of] : by_node)
    text +=
        fmt::format("  {:<20} {:>6} {:>9} {:>7} {:>10} {:>9} {:>10} {:>11}\n", node, of.units, of.items, of.failed,
                    process::duration_text(of.audio), process::duration_text(of.wall), process::bytes_text(of.bytes),
                    of.audio > 0 && of.wall > 0 ? fmt::format("{:.1f}", of.audio / of.wall) : "-");
  for (const auto& [node, of] : by_node)
    if (of.devices.size() > 1)
      text += fmt::format("  node '{}' was made on different devices ({}): its results differ in their last digits\n",
                          node, fmt::join(of.devices, "; "));
  return text;
}

/// What a running cfo-run is at, or what one that was killed was at.
std::string under_way_text(const fs::path& folder) {
  const auto status = storage::read_status(folder);
  const bool works = storage::is_locked(folder);
  if (!status) return works ? "a cfo-run works here and has told nothing yet\n" : "no cfo-run works here now\n";
  std::string text = works ? fmt::format(
                                 "cfo-run (process {} on {}) works here since {}: {} of {} units done, {} "
                                 "failures; at {}:\n",
                                 status->process, status->host, status->started, status->done, status->units,
                                 status->failures, status->written)
                           : fmt::format(
                                 "no cfo-run works here now; the last one ended without a word about {} (killed, "
                                 "or the machine stopped). Give its command again to continue. It was at:\n",
                                 status->written);
  for (const auto& unit : status->under_way)
    text += "  " +
            process::line_of({unit.unit, unit.note, unit.fraction, unit.rate, unit.elapsed, unit.left},
                             unit.rate > 0 ? process::audio_rate_text(unit.rate) : "") +
            "\n";
  return text;
}

}  // namespace

std::string describe_run(const fs::path& folder) {
  if (!fs::exists(folder / storage::ledger_file))
    throw Error("{}: not a run folder (it has no ledger); name the folder that cfo-run wrote, e.g. runs/quickstart",
                folder.string());
  const auto records = storage::read_ledger(folder / storage::ledger_file);
  std::string text = fmt::format("run {}: {} units finished\n", folder.string(), records.size());
  text += finished_text(records);
  if (const auto table = folder / storage::failures_file; fs::exists(table)) {
    const auto failures = storage::read_failures(folder).size();
    text += failures > 0 ? fmt::format("{} failures, told in {}\n", failures, table.string()) : "no failures\n";
  }
  return text + under_way_text(folder);
}

}  // namespace cfo::engine
