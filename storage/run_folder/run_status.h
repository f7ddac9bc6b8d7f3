// RUN/status.json: what a run is at right now. There while the run works; left behind only by one that was killed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cfo::storage {

/// A unit that has begun and not ended.
struct UnitStatus {
  std::string unit;
  std::string note;     ///< "epoch 2/3 step 40/120 loss 0.3127", or ""
  double fraction = 0;  ///< done, in [0, 1]
  double rate = 0;      ///< audio seconds a second; 0: not known
  double elapsed = 0;   ///< seconds
  double left = -1;     ///< seconds at the pace so far; below 0: not known
};

struct RunStatus {
  std::string host;
  int64_t process = 0;           ///< number on that host
  std::string started, written;  ///< ISO 8601, UTC
  uint64_t units = 0;            ///< planned
  uint64_t done = 0;             ///< of these, those of earlier runs included
  uint64_t failures = 0;         ///< items and units, so far
  std::vector<UnitStatus> under_way;
};

/// Writes it whole, in place of what was there.
void write_status(const std::filesystem::path& run, const RunStatus& status);

/// Nothing when there is no such file, or none that can be read.
std::optional<RunStatus> read_status(const std::filesystem::path& run);

/// For a run that ends.
void remove_status(const std::filesystem::path& run);

}  // namespace cfo::storage
