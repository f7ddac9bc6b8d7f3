#include "nodes/report/gather/working_time.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace cfo::report {
namespace {

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

double working_seconds(const std::vector<storage::LedgerRecord>& units) {
  std::vector<std::pair<double, double>> spans;
  for (const auto& unit : units) {
    const auto start = utc_seconds(unit.started);
    if (!start) continue;
    // The ledger's times are whole seconds; the measured wall time is finer.
    const double end = std::max(*start + unit.wall, utc_seconds(unit.finished).value_or(*start));
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
