#include "engine/runtime/reason.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <new>
#include <string_view>

#include "base/error.h"
#include "base/process/progress.h"

namespace cfo::engine {
namespace {

/// Of a library that throws errors of its own for it, as libtorch does ("... you tried to allocate 4194304 bytes").
bool tells_of_memory(std::string_view what) {
  return what.find("can't allocate memory") != std::string_view::npos ||
         what.find("out of memory") != std::string_view::npos || what.find("bad_alloc") != std::string_view::npos;
}

/// "" where it is not told.
std::string asked_for(std::string_view what) {
  constexpr std::string_view before = "tried to allocate ";
  const auto at = what.find(before);
  if (at == std::string_view::npos) return "";
  double bytes = 0;
  const auto number = what.substr(at + before.size());
  const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), bytes);
  if (problem != std::errc()) return "";
  // CUDA tells units, the CPU's allocator bytes.
  const std::string_view unit(end, static_cast<std::size_t>(number.data() + number.size() - end));
  for (const auto& [name, size] : {std::pair<std::string_view, double>{" GiB", 1 << 30}, {" MiB", 1 << 20}})
    if (unit.starts_with(name)) bytes *= size;
  return fmt::format(" ({} more were asked for)", process::bytes_text(bytes));
}

}  // namespace

Reason reason_of(const std::exception& error) {
  const std::string what = error.what();
  const bool memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
                      (dynamic_cast<const Error*>(&error) == nullptr && tells_of_memory(what));
  if (memory)
    return {fmt::format("out of memory{}: free some, raise its limit, or lower in_flight, batch or --threads",
                        asked_for(what)),
            true, true};
  std::string line = what.substr(0, what.find('\n'));
  std::replace(line.begin(), line.end(), '\t', ' ');
  if (line.empty()) line = "failed without saying why";
  return {line, dynamic_cast<const MachineFault*>(&error) != nullptr, false};
}

}  // namespace cfo::engine
