// The text files of a run folder as the report reads them. A file that is missing gives nothing; what cannot be read
// gives a remark, never an error: a report is also wanted of a run that is broken or half done.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace cfo::report {

using Remarks = std::vector<std::string>;

/// The last ledger line of a unit.
struct UnitLine {
  std::string unit, kind, state, engine;
  std::string started, finished;  ///< ISO 8601, UTC
  uint64_t items = 0, failed = 0;
  double audio_seconds = 0, wall_seconds = 0, cpu_seconds = 0;
};

struct Units {
  std::vector<UnitLine> units;  ///< sorted by name
  Remarks remarks;              ///< one for each damaged line
};

/// RUN/ledger: JSON lines; the last line of a unit counts. A torn last line is passed over.
Units read_units(const std::filesystem::path& file);

/// A table with a heading line, fields separated by `separator` (no quoting: neither tabs nor commas stand in the
/// fields that CFO writes). Each row maps column name to text; short rows lack their last columns.
using Row = std::map<std::string, std::string>;
std::vector<Row> read_table(const std::filesystem::path& file, char separator);

/// A field as a number, NaN when absent or no number.
double number_in(const Row& row, const std::string& column);
std::string text_in(const Row& row, const std::string& column);

/// Seconds during which at least one of the units was being made, pauses between sessions left out.
double working_seconds(const std::vector<UnitLine>& units);

}  // namespace cfo::report
