// The digest of everything that a unit's outputs depend on.
#pragma once

#include <string>
#include <vector>

#include "engine/plan/contents.h"
#include "engine/plan/plan.h"
#include "storage/run_folder/ledger.h"

namespace cfo::engine {

/// Digest over the flow or task (kinds, edges, bound parameters, outside fingerprints), without the runtime settings
/// and without the places of the data.
std::string graph_digest(const Graph& graph, const Unit& unit);

/// What is known of finished units, by index in the plan; null for the others.
using FinishedRecords = std::vector<const storage::LedgerRecord*>;

/// Digest over that, what the unit reads, the seed, and the digests of the outputs of every unit it waits for. Those
/// must be in `finished`.
std::string inputs_digest(const Graph& graph, const Plan& plan, const Unit& unit, const FinishedRecords& finished,
                          Contents& contents);

}  // namespace cfo::engine
