// RUN/remarks.tsv: what is odd about items that were made all the same. Columns unit, node, item, remark.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace cfo::storage {

struct RemarkLine {
  std::string unit;  ///< "-" where it is about what was read, whatever is made from it
  std::string node, item, remark;
};

/// Writes the table whole, durably.
void write_remarks(const std::filesystem::path& run, std::span<const RemarkLine> remarks);

/// None where there is no table.
std::vector<RemarkLine> read_remarks(const std::filesystem::path& run);

}  // namespace cfo::storage
