#include "engine/runtime/earlier_units.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/text.h"
#include "storage/run_folder/layout.h"

namespace cfo::engine {
namespace fs = std::filesystem;
namespace {

/// Thrown through a check when the run is to stop.
struct Stopped {};

/// "00012.h5": one of a set's numbered files.
bool is_numbered(const fs::path& file) {
  const std::string stem = file.stem().string();
  return !stem.empty() && std::all_of(stem.begin(), stem.end(), [](unsigned char c) { return std::isdigit(c); });
}

void move_output(const fs::path& from, const fs::path& to) {
  std::error_code problem;
  if (!fs::exists(from, problem)) return;
  fs::create_directories(to.parent_path(), problem);
  fs::remove_all(to, problem);
  fs::rename(from, to, problem);
  if (problem) throw_write_error(to, problem.value());
}

void remove_empty_folders(fs::path folder, const fs::path& root) {
  std::error_code problem;
  for (; folder != root && fs::is_empty(folder, problem) && !problem; folder = folder.parent_path())
    if (!fs::remove(folder, problem)) return;
}

}  // namespace

EarlierUnits::EarlierUnits(const Graph& graph, const Plan& plan, fs::path folder,
                           std::map<std::string, storage::LedgerRecord> found)
    : graph_(graph),
      plan_(plan),
      folder_(std::move(folder)),
      others_(std::move(found)),
      records_(plan.units.size()),
      checks_(plan.units.size()),
      verified_(plan.units.size(), false) {
  for (std::size_t i = 0; i < plan.units.size(); ++i) {
    auto record = others_.extract(plan.units[i].id);
    if (!record.empty()) records_[i] = std::move(record.mapped());
  }
}

std::string EarlierUnits::set_aside(storage::Ledger& ledger, bool whole) {
  const fs::path aside = folder_ / storage::set_aside_folder;
  std::vector<const storage::LedgerRecord*> moved;
  for (auto& record : records_) {
    if (!record.set_aside) continue;
    for (const auto& output : record.outputs) {
      if (!fs::exists(folder_ / output.path)) move_output(aside / output.path, folder_ / output.path);
      remove_empty_folders((aside / output.path).parent_path(), folder_);
    }
    record.set_aside = false;
    moved.push_back(&record);
  }
  std::set<fs::path> sets;
  for (const auto& unit : plan_.units)
    for (const auto& file : unit.files)
      if (is_numbered(file)) sets.insert(file.parent_path());
  std::size_t gone = 0;
  std::string first;
  for (auto& [id, record] : others_) {
    if (record.set_aside) continue;
    const bool beyond = whole || std::any_of(record.outputs.begin(), record.outputs.end(), [&](const auto& output) {
                          const fs::path path = output.path;
                          return is_numbered(path) && sets.contains(path.parent_path());
                        });
    if (!beyond) continue;
    for (const auto& output : record.outputs) {
      move_output(folder_ / output.path, aside / output.path);
      remove_empty_folders((folder_ / output.path).parent_path(), folder_);
      if (gone++ == 0) first = output.path;
    }
    record.set_aside = true;
    moved.push_back(&record);
  }
  if (!moved.empty()) ledger.append(moved);
  if (gone == 0) return "";
  return fmt::format(
      "{} of an earlier run that this graph does not make (the first: {}) {} set aside into {}: {} not "
      "counted any more; a graph that makes {} takes {} back",
      counted(gone, "output"), first, gone == 1 ? "is" : "are", aside.string(), gone == 1 ? "it is" : "they are",
      gone == 1 ? "it" : "them", gone == 1 ? "it" : "them");
}

bool EarlierUnits::fits(std::size_t unit, const std::string& inputs, bool retry_failed) const {
  const auto& record = records_[unit];
  if (record.unit.empty() || record.set_aside || record.inputs != inputs || !checks_[unit].whole()) return false;
  if (retry_failed && !record.failures.empty()) return false;
  return std::none_of(record.failures.begin(), record.failures.end(), [](const auto& f) { return f.retry; });
}

std::vector<bool> EarlierUnits::chain(Contents& contents, bool retry_failed) {
  std::vector<bool> stays(plan_.units.size(), false);
  FinishedRecords finished(plan_.units.size(), nullptr);
  for (std::size_t i = 0; i < plan_.units.size(); ++i) {
    const Unit& unit = plan_.units[i];
    const bool ready =
        std::all_of(unit.waits_for.begin(), unit.waits_for.end(), [&](auto other) { return stays[other]; });
    if (!ready || !was_made(i) || !checks_[i].whole()) continue;
    stays[i] = fits(i, inputs_digest(graph_, plan_, unit, finished, contents), retry_failed);
    if (stays[i]) finished[i] = &records_[i];
  }
  return stays;
}

void EarlierUnits::note(std::size_t unit, storage::OutputCheck check) {
  check.renewed = check.renewed || checks_[unit].renewed;
  damage_.insert(damage_.end(), check.damage.begin(), check.damage.end());
  checks_[unit] = std::move(check);
}

bool EarlierUnits::verify(const std::vector<bool>& stays, const Settings& settings) {
  std::set<std::size_t> wanted;
  for (std::size_t i = 0; i < plan_.units.size(); ++i) {
    if (stays[i]) continue;
    for (const auto other : plan_.units[i].waits_for)
      if (stays[other] && !verified_[other]) wanted.insert(other);
  }
  std::vector<storage::LedgerRecord*> records;
  for (const auto unit : wanted) records.push_back(&records_[unit]);
  auto checks =
      storage::check_outputs(folder_, records, storage::Thoroughness::full, settings.threads, [&](double fraction) {
        if (settings.stop != nullptr && *settings.stop) throw Stopped();
        settings.progress("checking finished files before they are used", fraction);
      });
  bool right = true;
  std::size_t at = 0;
  for (const auto unit : wanted) {
    verified_[unit] = true;
    right = right && checks[at].whole();
    note(unit, std::move(checks[at++]));
  }
  return right;
}

std::vector<bool> EarlierUnits::staying(Contents& contents, const Settings& settings) {
  const std::vector<bool> nothing(plan_.units.size(), false);
  const std::atomic<bool> never{false};
  const auto& stop = settings.stop != nullptr ? *settings.stop : never;
  std::vector<storage::LedgerRecord*> records;
  std::vector<const Unit*> units;
  for (std::size_t i = 0; i < plan_.units.size(); ++i) {
    records.push_back(was_made(i) && !records_[i].set_aside ? &records_[i] : nullptr);
    if (was_made(i)) units.push_back(&plan_.units[i]);
  }
  try {
    auto checks =
        storage::check_outputs(folder_, records, storage::Thoroughness::quick, settings.threads, [&](double fraction) {
          if (stop) throw Stopped();
          settings.progress("checking finished files", fraction);
        });
    for (std::size_t i = 0; i < checks.size(); ++i) note(i, std::move(checks[i]));
    contents.learn(units, settings.threads, stop,
                   [&](double fraction) { settings.progress("reading the corpus to see what changed", fraction); });
    if (stop) return nothing;
    std::vector<bool> stays = chain(contents, settings.retry_failed);
    while (settings.verify && !verify(stays, settings)) stays = chain(contents, settings.retry_failed);
    return stays;
  } catch (const Stopped&) {
    return nothing;
  }
}

bool EarlierUnits::is_valid(std::size_t unit, const std::string& inputs, bool retry_failed) {
  if (!fits(unit, inputs, retry_failed)) return false;
  return storage::check_outputs(folder_, records_[unit], storage::Thoroughness::full).whole();
}

void EarlierUnits::remember(storage::Ledger& ledger) {
  std::vector<const storage::LedgerRecord*> renewed;
  for (std::size_t i = 0; i < checks_.size(); ++i)
    if (checks_[i].renewed && checks_[i].whole()) renewed.push_back(&records_[i]);
  if (!renewed.empty()) ledger.append(renewed);
}

}  // namespace cfo::engine
