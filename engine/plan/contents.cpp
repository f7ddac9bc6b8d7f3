#include "engine/plan/contents.h"

#include <algorithm>

#include "base/digest.h"
#include "base/error.h"
#include "base/file_stamp.h"
#include "base/parallel.h"

namespace cfo::engine {
namespace fs = std::filesystem;

Contents::Contents(const fs::path& run_folder, bool verify) : verify_(verify) {
  for (auto& line : storage::read_contents(run_folder))
    files_.insert_or_assign(Key(line.node, line.item), storage::FileContents{line.stamp, line.sha256});
}

std::string Contents::known(const Key& key, const std::string& stamp) const {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(key);
  if (found == files_.end() || found->second.stamp != stamp || (verify_ && !read_.contains(key))) return "";
  return found->second.sha256;
}

std::string Contents::digest_of(const Key& key, const PlannedItem& item) {
  const std::string stamp = file_stamp(item.file);
  if (stamp.empty()) return "";
  if (std::string digest = known(key, stamp); !digest.empty()) return digest;
  std::string digest;
  try {
    digest = digest_of_file(item.file);
  } catch (const Error&) {
    return "";  // loading it fails, too, and says why
  }
  const std::lock_guard lock(mutex_);
  auto& entry = files_[key];
  if (!entry.sha256.empty() && entry.sha256 != digest) changed_.emplace_back(item.id, item.file);
  entry = {stamp, digest};
  read_.insert(key);
  learnt_ = true;
  return digest;
}

Contents::UnitKey Contents::key_of(const Unit& unit) {
  return {unit.is_task() ? unit.read.get() : unit.source.get(), unit.first};
}

bool Contents::is_known(const Unit& unit) const {
  const std::lock_guard lock(mutex_);
  return units_.contains(key_of(unit));
}

std::string Contents::digest_of(const Unit& unit) {
  const auto items = unit.items();
  if (items.empty()) return "";
  const auto key = key_of(unit);
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = units_.find(key); found != units_.end()) return found->second;
  }
  Digest digest;
  bool readable = true;
  for (const auto& item : items) {
    digest.field(item.id).field(item.fingerprint);
    if (item.file.empty()) continue;
    const std::string contents = digest_of({unit.items_from(), item.id}, item);
    readable = readable && !contents.empty();
    digest.field(contents.empty() ? "unreadable" : contents);
  }
  const std::lock_guard lock(mutex_);
  return readable ? units_[key] = digest.hex() : digest.hex();
}

void Contents::learn(const std::vector<const Unit*>& units, int threads, const std::atomic<bool>& stop,
                     const std::function<void(double fraction)>& progress) {
  std::map<Key, const PlannedItem*> wanted;
  for (const auto* unit : units) {
    if (is_known(*unit)) continue;
    for (const auto& item : unit->items())
      if (!item.file.empty()) wanted.emplace(Key(unit->items_from(), item.id), &item);
  }
  std::vector<std::pair<Key, const PlannedItem*>> unread;
  for (const auto& [key, item] : wanted)
    if (known(key, file_stamp(item->file)).empty()) unread.emplace_back(key, item);
  in_parallel(
      unread.size(), threads,
      [&](std::size_t i) {
        if (!stop) digest_of(unread[i].first, *unread[i].second);
      },
      [&](std::size_t done) { progress(static_cast<double>(done) / static_cast<double>(unread.size())); });
}

std::vector<std::pair<std::string, fs::path>> Contents::changed() const {
  const std::lock_guard lock(mutex_);
  return changed_;
}

void Contents::save(const fs::path& run_folder) {
  const std::lock_guard one_at_a_time(saving_);
  std::vector<storage::ContentLine> lines;
  {
    const std::lock_guard lock(mutex_);
    if (!learnt_) return;
    learnt_ = false;
    for (const auto& [key, file] : files_) lines.push_back({key.first, key.second, file.stamp, file.sha256});
  }
  storage::write_contents(run_folder, lines);
}

}  // namespace cfo::engine
