// Carrying out one unit: its flow, or its task.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "base/process/progress.h"
#include "engine/plan/contents.h"
#include "engine/plan/plan.h"
#include "engine/runtime/flow.h"
#include "engine/runtime/trace.h"
#include "storage/run_folder/ledger.h"

namespace cfo::engine {

/// The transforms of the last flow, kept until the next one is made, so that both can share what they load (a codec's
/// network).
using WarmNodes = std::vector<FlowNode>;

struct ExecuteContext {
  const Graph& graph;
  const Plan& plan;
  const Unit& unit;
  const std::filesystem::path& folder;
  std::string device;
  int threads = 1;
  std::string inputs;  ///< digest, for the record and to know stale scratch
  const std::atomic<bool>& stop;
  Trace* trace = nullptr;
  process::Progress& progress;
  WarmNodes& warm;  ///< one flow runs at a time
  Contents& contents;
};

/// Writes the unit's outputs under their partial names and returns its record (without outputs). Throws Interrupted
/// when `stop` broke it off, OutOfSpace, or Error when the unit as a whole failed.
storage::LedgerRecord execute(const ExecuteContext& context);

}  // namespace cfo::engine
