// How long a run was at work.
#pragma once

#include <vector>

#include "storage/run_folder/ledger.h"

namespace cfo::report {

/// Seconds during which at least one of the units was being made, pauses between sessions left out.
double working_seconds(const std::vector<storage::LedgerRecord>& units);

}  // namespace cfo::report
