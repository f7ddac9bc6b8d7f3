#include "storage/run_folder/finished_files.h"

#include <algorithm>
#include <cctype>

#include "storage/run_folder/layout.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

bool is_shard_name(const fs::path& path) {
  const std::string stem = path.stem().string();
  return path.extension() == ".h5" && !stem.empty() &&
         std::all_of(stem.begin(), stem.end(), [](unsigned char c) { return std::isdigit(c); });
}

}  // namespace

FinishedFiles::FinishedFiles(fs::path run, Thoroughness how, int threads,
                             const std::function<void(double fraction)>& progress)
    : run_(std::move(run)) {
  auto records = read_ledger_leniently(run_ / ledger_file).records;
  std::vector<LedgerRecord*> list;
  for (auto& [unit, record] : records)
    if (!record.outputs.empty()) list.push_back(&record);
  by_ledger_ = !list.empty();
  const auto checks = check_outputs(run_, list, how, threads, progress);
  for (std::size_t i = 0; i < list.size(); ++i) {
    damage_.insert(damage_.end(), checks[i].damage.begin(), checks[i].damage.end());
    for (const auto& output : list[i]->outputs) {
      const bool damaged = std::any_of(checks[i].damage.begin(), checks[i].damage.end(),
                                       [&](const auto& damage) { return damage.path == output.path; });
      if (!damaged) outputs_.insert(output.path);
    }
  }
}

bool FinishedFiles::count(const fs::path& path) const {
  if (!by_ledger_) return true;
  // An output may be a folder: then what is in it counts with it.
  for (fs::path part = path.lexically_relative(run_); !part.empty(); part = part.parent_path())
    if (outputs_.contains(part.generic_string())) return true;
  return false;
}

std::vector<fs::path> FinishedFiles::shards() const {
  const fs::path folder = run_ / shards_folder;
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return {};
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && is_shard_name(entry.path()) && count(entry.path())) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<fs::path> run_of(const fs::path& file) {
  std::error_code ignored;
  const fs::path whole = fs::absolute(file, ignored).lexically_normal();
  for (fs::path folder = whole.parent_path(); folder != folder.parent_path(); folder = folder.parent_path())
    if (fs::is_regular_file(folder / ledger_file, ignored)) return folder;
  return std::nullopt;
}

std::string damage_of(const fs::path& file) {
  const auto run = run_of(file);
  if (!run) return "";
  const std::string path = fs::absolute(file).lexically_normal().lexically_relative(*run).generic_string();
  for (auto& [unit, record] : read_ledger_leniently(*run / ledger_file).records) {
    std::erase_if(record.outputs, [&](const auto& output) { return output.path != path; });
    for (auto& output : record.outputs) output.stamp.clear();  // so that it is read whole
    const auto damage = check_outputs(*run, record, Thoroughness::full).damage;
    if (!damage.empty()) return damage.front().sentence;
  }
  return "";
}

}  // namespace cfo::storage
