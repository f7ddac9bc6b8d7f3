// The tables about single items, a line each: RUN/failures.tsv, what could not be made and why (columns unit, node,
// item, reason), and RUN/remarks.tsv, what is odd about items that were made all the same (unit, node, item, remark).
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace cfo::storage {

struct ItemLine {
  /// "-" for what holds whatever unit is made: an item that was missing when the corpus was listed, a remark about what
  /// was read.
  std::string unit;
  std::string node;
  std::string item;  ///< "-" for a unit as a whole
  std::string text;  ///< the reason, or the remark
};

/// Writes the table whole, durably.
void write_failures(const std::filesystem::path& run, std::span<const ItemLine> failures);
void write_remarks(const std::filesystem::path& run, std::span<const ItemLine> remarks);

/// None where there is no table.
std::vector<ItemLine> read_failures(const std::filesystem::path& run);
std::vector<ItemLine> read_remarks(const std::filesystem::path& run);

}  // namespace cfo::storage
