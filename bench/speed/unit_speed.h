// What the engine itself costs a unit, whatever the unit does.
#pragma once

#include <cstddef>

namespace cfo::bench {

/// A run of units that do next to nothing: half of them flows of one item that write a line, half tasks over one flow
/// each, and one task over all of those.
struct UnitSpeed {
  std::size_t units = 0;
  double plan_seconds = 0;    ///< reading the graph and cutting it into units
  double run_seconds = 0;     ///< all units, from an empty folder
  double resume_seconds = 0;  ///< the same command again: all are kept
};

/// `units` of them, at least 3, in a folder below the system's temporary one, which is removed. Throws Error when a
/// unit fails.
UnitSpeed measure_units(std::size_t units, int threads);

}  // namespace cfo::bench
