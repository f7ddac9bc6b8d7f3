#include "base/nearest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

namespace cfo {
namespace {

std::string folded(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

/// Insertions, deletions, substitutions, and swaps of neighbours (optimal string alignment).
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, substituted});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  return cost[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view typed, std::span<const std::string> names) {
  const std::string wanted = folded(typed);
  std::string best;
  std::size_t best_distance = std::string::npos;
  for (const auto& name : names) {
    const std::size_t distance = edit_distance(wanted, folded(name));
    if (distance * 2 <= std::max(wanted.size(), name.size()) && distance < best_distance) {
      best = name;
      best_distance = distance;
    }
  }
  return best;
}

std::string suggestion(std::string_view typed, std::span<const std::string> names) {
  if (const auto near = nearest(typed, names); !near.empty()) return fmt::format("; did you mean '{}'?", near);
  if (names.empty()) return "";
  constexpr std::size_t shown = 12;
  const auto listed = names.subspan(0, std::min(names.size(), shown));
  return fmt::format("; known: {}{}", fmt::join(listed, ", "), names.size() > shown ? ", ..." : "");
}

}  // namespace cfo
