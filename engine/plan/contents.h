// What is in the files of planned items: their contents decide what is kept, not their place or their time.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/plan/plan.h"
#include "storage/run_folder/content_table.h"

namespace cfo::engine {

/// SHA-256 of items' files, each read once and remembered with the file's size and times (RUN/contents.tsv), so that
/// a run that goes on reads only files that are new, changed or moved. Thread-safe.
class Contents {
 public:
  /// Takes over what earlier runs learnt; with `verify` nothing is believed, and each file is read once again.
  explicit Contents(const std::filesystem::path& run_folder, bool verify = false);

  /// Digest over ids, fingerprints and file contents of what the unit reads. A file that cannot be read counts as
  /// unreadable: once it can be, the digest is another one.
  std::string digest_of(const Unit& unit);

  /// Reads the files of `units` that digest_of would have to read, by several threads; returns early when `stop` is
  /// set. `progress` hears the share that is done.
  void learn(const std::vector<const Unit*>& units, int threads, const std::atomic<bool>& stop,
             const std::function<void(double fraction)>& progress);

  /// Files that hold something else than they held for an earlier run, each with its item.
  std::vector<std::pair<std::string, std::filesystem::path>> changed() const;

  /// Writes RUN/contents.tsv where something was learnt.
  void save(const std::filesystem::path& run_folder);

 private:
  using Key = std::pair<std::string, std::string>;  ///< node, item
  using UnitKey = std::pair<const PlannedSource*, std::size_t>;

  static UnitKey key_of(const Unit& unit);
  /// Whether this process has the digest of what the unit reads: flows of many codecs read the same.
  bool is_known(const Unit& unit) const;

  /// Of one file; "" where it cannot be read.
  std::string digest_of(const Key& key, const PlannedItem& item);
  /// What is known of the item's file as it is now; "" where it must be read.
  std::string known(const Key& key, const std::string& stamp) const;

  bool verify_;
  std::mutex saving_;  ///< one table is written at a time
  mutable std::mutex mutex_;
  std::map<Key, storage::FileContents> files_;
  std::set<Key> read_;  ///< by this process
  std::map<UnitKey, std::string> units_;
  std::vector<std::pair<std::string, std::filesystem::path>> changed_;
  bool learnt_ = false;
};

}  // namespace cfo::engine
