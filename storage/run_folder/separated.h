// Lines of fields between tabs or commas, without quoting: neither stands in what CFO writes. Internal to
// storage/run_folder.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace cfo::storage::separated {

/// A line by the names of the heading.
class Row {
 public:
  Row(const std::vector<std::string>& names, const std::vector<std::string>& fields);
  /// "" where the line or the table has no such column.
  std::string text(const std::string& column) const;
  /// NaN where there is none, or no number.
  double number(const std::string& column) const;
  /// 0 likewise.
  std::uint64_t count(const std::string& column) const;

 private:
  std::map<std::string, std::string> fields_;
};

/// The rows of a table, without the heading; none where there is no such file. Short lines lack their last columns.
std::vector<Row> read(const std::filesystem::path& file, char separator);

/// A text as one field of a line: tabs and line breaks become blanks.
std::string field(std::string text);

}  // namespace cfo::storage::separated
