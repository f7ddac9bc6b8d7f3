// The digest of everything that a unit's outputs depend on.
#pragma once

#include <map>
#include <string>

#include "engine/plan/plan.h"
#include "storage/run_folder/ledger.h"

namespace cfo::engine {

/// Digest over the flow or task (kinds, edges, bound parameters, outside fingerprints), without the runtime settings.
std::string graph_digest(const Graph& graph, const Unit& unit);

/// Digest over the ids and fingerprints of the unit's items; "" for a task.
std::string source_digest(const Unit& unit);

/// Digest over both, the seed, and the digests of the outputs of every unit it waits for. Those must be in `records`.
std::string inputs_digest(const Graph& graph, const Plan& plan, const Unit& unit,
                          const std::map<std::string, storage::LedgerRecord>& records);

}  // namespace cfo::engine
