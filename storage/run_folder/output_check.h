// Finished outputs held against what the ledger tells of them: what rots on a disk is found before it is built upon.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "storage/run_folder/ledger.h"

namespace cfo::storage {

enum class Thoroughness {
  quick,  ///< size, times, and a few blocks of each file; where the times are others, everything
  full    ///< everything, unless it was read within the last day and the times are the same
};

/// Size and digests of a finished file or folder.
OutputFile measure_output(const std::filesystem::path& run_folder, const std::filesystem::path& relative);

/// An output that is not what it was.
struct Damage {
  std::string path;      ///< below the run folder
  std::string sentence;  ///< begins with the whole path
};

/// What became of the outputs of one record.
struct OutputCheck {
  bool missing = false;
  std::vector<Damage> damage;
  bool renewed = false;  ///< the record's stamps are new (a copied run folder): worth writing down
  bool whole() const { return !missing && damage.empty(); }
};

/// Looks at every output of `record`, and puts new stamps in it where files were read whole and are what they were.
OutputCheck check_outputs(const std::filesystem::path& run_folder, LedgerRecord& record, Thoroughness how);

/// The same for many records (null ones are passed over) by several threads. `progress` hears the share of bytes that
/// is done and may throw to stop.
std::vector<OutputCheck> check_outputs(const std::filesystem::path& run_folder, std::span<LedgerRecord* const> records,
                                       Thoroughness how, int threads,
                                       const std::function<void(double fraction)>& progress = {});

}  // namespace cfo::storage
