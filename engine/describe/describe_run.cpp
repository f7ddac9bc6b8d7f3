// What cfo-inspect run shows.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/parallel.h"
#include "base/process/progress.h"
#include "base/text.h"
#include "engine/describe/describe.h"
#include "storage/run_folder/item_tables.h"
#include "storage/run_folder/folder_lock.h"
#include "storage/run_folder/layout.h"
#include "storage/run_folder/ledger.h"
#include "storage/run_folder/output_check.h"
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

constexpr std::size_t most_told = 20;

/// Adds a line for each finished file that is not what it was; their number.
std::size_t tell_damage(const fs::path& folder, std::map<std::string, storage::LedgerRecord>& records, Check check,
                        const std::function<void(double fraction)>& progress, std::string& text) {
  std::vector<storage::LedgerRecord*> list;
  std::size_t files = 0;
  for (auto& [unit, record] : records) {
    files += record.outputs.size();
    if (check == Check::everything)
      for (auto& output : record.outputs) output.stamp.clear();  // so that nothing is remembered
    list.push_back(&record);
  }
  const auto checks = storage::check_outputs(
      folder, list, check == Check::everything ? storage::Thoroughness::full : storage::Thoroughness::quick,
      core_count(), progress);
  std::size_t damaged = 0, missing = 0;
  for (const auto& one : checks) {
    missing += one.missing ? 1 : 0;
    for (const auto& damage : one.damage)
      if (damaged++ < most_told) text += damage.sentence + "\n";
  }
  if (damaged > most_told) text += fmt::format("... and {} more\n", damaged - most_told);
  if (missing > 0) text += fmt::format("{} lack files that they had\n", counted(missing, "unit"));
  if (damaged + missing > 0) {
    text += "give the command of the run again: it makes anew what is damaged or gone\n";
  } else if (check == Check::everything) {
    text += fmt::format("{}: each holds what it held when it was finished\n", counted(files, "file"));
  }
  return damaged + missing;
}

std::string remarks_text(const fs::path& folder) {
  const auto remarks = storage::read_remarks(folder);
  if (remarks.empty()) return "";
  std::string text =
      fmt::format("{}, told in {}\n", counted(remarks.size(), "remark"), (folder / storage::remarks_file).string());
  for (std::size_t i = 0; i < std::min(remarks.size(), most_told); ++i)
    text += fmt::format("  {}{}: {}\n", remarks[i].unit == "-" ? "" : remarks[i].unit + ": ", remarks[i].item,
                        remarks[i].text);
  if (remarks.size() > most_told) text += fmt::format("  ... and {} more\n", remarks.size() - most_told);
  return text;
}

}  // namespace

RunDescription describe_run(const fs::path& folder, Check check, const std::function<void(double fraction)>& progress) {
  if (!fs::exists(folder / storage::ledger_file))
    throw Error("{}: not a run folder (it has no ledger); name the folder that cfo-run wrote, e.g. runs/quickstart",
                folder.string());
  auto records = storage::read_ledger(folder / storage::ledger_file);
  std::string text = fmt::format("run {}: {} finished\n", folder.string(), counted(records.size(), "unit"));
  text += finished_text(records);
  const std::size_t damaged = tell_damage(folder, records, check, progress, text);
  if (const auto table = folder / storage::failures_file; fs::exists(table)) {
    const auto failures = storage::read_failures(folder).size();
    text +=
        failures > 0 ? fmt::format("{}, told in {}\n", counted(failures, "failure"), table.string()) : "no failures\n";
  }
  text += remarks_text(folder);
  return {text + under_way_text(folder), damaged};
}

}  // namespace cfo::engine
