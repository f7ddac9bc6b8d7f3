// RUN/failures.tsv: what could not be made, and why. Columns unit, node, item, reason.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace cfo::storage {

struct FailureLine {
  std::string unit;  ///< "-" for an item that was missing when the corpus was listed
  std::string node;
  std::string item;  ///< "-" for a unit as a whole
  std::string reason;
};

/// Writes the table whole, durably.
void write_failures(const std::filesystem::path& run, std::span<const FailureLine> failures);

/// None where there is no table.
std::vector<FailureLine> read_failures(const std::filesystem::path& run);

}  // namespace cfo::storage
