// A table once, written twice: sortable in the page and as CSV beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cfo::report {

struct Cell {
  std::string shown;  ///< HTML
  std::string value;  ///< plain: what the CSV holds and what sorting compares; "" when there is nothing
};

Cell text_cell(const std::string& text);
/// `text` is shown; the CSV gets six significant digits. A number that is not finite is shown as a dash.
Cell number_cell(double value, const std::string& text);
Cell count_cell(uint64_t count);
/// A fraction in %, with two decimals.
Cell percent_cell(double fraction);
Cell percent_cell(const std::optional<double>& fraction);
/// The beginning of a SHA-256; the CSV and the pointer get all of it.
Cell digest_cell(const std::string& digest);
/// A dash in the page, nothing in the CSV.
Cell no_cell();

struct Column {
  std::string name;     ///< in the CSV
  std::string heading;  ///< in the page; "" keeps the column to the CSV
  bool numeric = false;
  std::string hint;  ///< shown when the pointer rests on the heading
};

struct Table {
  std::string file;  ///< name of its CSV, e.g. "codecs.csv"
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
};

std::string to_csv(const Table& table);
std::string to_html(const Table& table);

}  // namespace cfo::report
