// The finished files of a run that count: those of its ledger, and whole.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "storage/run_folder/output_check.h"

namespace cfo::storage {

/// What a report or an export may read. A folder without a ledger (shards that came from elsewhere) counts as it lies.
class FinishedFiles {
 public:
  /// Checks every output that the ledger names.
  FinishedFiles(std::filesystem::path run, Thoroughness how = Thoroughness::quick, int threads = 1,
                const std::function<void(double fraction)>& progress = {});

  const std::filesystem::path& run() const { return run_; }

  /// Whether a file or folder may be read; `path` begins with the run's.
  bool count(const std::filesystem::path& path) const;
  /// RUN/shards/**/NNNNN.h5 that may be read, sorted; unfinished ones (*.partial) are none. Empty where RUN has no
  /// folder `shards`.
  std::vector<std::filesystem::path> shards() const;
  const std::vector<Damage>& damage() const { return damage_; }

 private:
  std::filesystem::path run_;
  bool by_ledger_ = false;
  std::set<std::string> outputs_;
  std::vector<Damage> damage_;
};

/// The run folder that a finished file lies in, by the ledger above it; nothing where there is none.
std::optional<std::filesystem::path> run_of(const std::filesystem::path& file);

/// "" when `file` is whole as far as the ledger of its run folder tells (or no ledger tells), else a sentence. Reads
/// the whole file.
std::string damage_of(const std::filesystem::path& file);

}  // namespace cfo::storage
