#include "nodes/report/gather/run_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "base/durable_file.h"

namespace cfo::report {
namespace fs = std::filesystem;
namespace {

std::vector<std::string> lines_of(const fs::path& file) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return {};
  std::istringstream text(read_text(file));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> fields_of(const std::string& line, char separator) {
  std::vector<std::string> fields;
  std::istringstream text(line);
  for (std::string field; std::getline(text, field, separator);) fields.push_back(field);
  return fields;
}

UnitLine unit_of(const nlohmann::json& line) {
  UnitLine unit;
  unit.unit = line.at("unit").get<std::string>();
  unit.kind = line.value("kind", "");
  unit.state = line.value("state", "done");
  unit.engine = line.value("engine", "");
  unit.started = line.value("started", "");
  unit.finished = line.value("finished", "");
  unit.items = line.value("items", uint64_t{0});
  unit.failed = line.value("failed", uint64_t{0});
  unit.audio_seconds = line.value("seconds", 0.0);
  unit.wall_seconds = line.value("wall", 0.0);
  unit.cpu_seconds = line.value("cpu", 0.0);
  return unit;
}

/// Seconds since 1970 of "2026-11-23T01:02:03[.5]Z".
std::optional<double> utc_seconds(const std::string& text) {
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0;
  double second = 0;
  if (std::sscanf(text.c_str(), "%d-%u-%uT%u:%u:%lf", &year, &month, &day, &hour, &minute, &second) != 6) return {};
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return {};
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return static_cast<double>(days) * 86400 + hour * 3600 + minute * 60 + second;
}

}  // namespace

Units read_units(const fs::path& file) {
  const auto lines = lines_of(file);
  Units read;
  std::map<std::string, UnitLine> units;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    try {
      UnitLine unit = unit_of(nlohmann::json::parse(lines[i]));
      units.insert_or_assign(unit.unit, std::move(unit));
    } catch (const nlohmann::json::exception&) {
      if (i + 1 < lines.size()) {
        read.remarks.push_back(
            fmt::format("{}:{}: this line of the ledger is damaged and left out", file.string(), i + 1));
      }
    }
  }
  for (auto& [name, unit] : units) read.units.push_back(std::move(unit));
  return read;
}

std::vector<Row> read_table(const fs::path& file, char separator) {
  const auto lines = lines_of(file);
  if (lines.empty()) return {};
  const auto headings = fields_of(lines.front(), separator);
  std::vector<Row> rows;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    const auto fields = fields_of(lines[i], separator);
    Row row;
    for (std::size_t j = 0; j < std::min(fields.size(), headings.size()); ++j) row[headings[j]] = fields[j];
    rows.push_back(std::move(row));
  }
  return rows;
}

double number_in(const Row& row, const std::string& column) {
  const auto found = row.find(column);
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  if (found == row.end() || found->second.empty()) return none;
  char* end = nullptr;
  const double value = std::strtod(found->second.c_str(), &end);
  return *end == '\0' ? value : none;
}

std::string text_in(const Row& row, const std::string& column) {
  const auto found = row.find(column);
  return found == row.end() ? std::string() : found->second;
}

double working_seconds(const std::vector<UnitLine>& units) {
  std::vector<std::pair<double, double>> spans;
  for (const auto& unit : units) {
    const auto start = utc_seconds(unit.started);
    if (!start) continue;
    // The ledger's times are whole seconds; the measured wall time is finer.
    const double end = std::max(*start + unit.wall_seconds, utc_seconds(unit.finished).value_or(*start));
    spans.emplace_back(*start, end);
  }
  std::sort(spans.begin(), spans.end());
  double total = 0;
  double reached = -std::numeric_limits<double>::infinity();
  for (const auto& [start, end] : spans) {
    if (end <= reached) continue;
    total += end - std::max(start, reached);
    reached = end;
  }
  return total;
}

}  // namespace cfo::report
