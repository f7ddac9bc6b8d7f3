// A run: the plan's units carried out in dependency order, each recorded when its outputs are safe on the disk.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/plan/plan.h"

namespace cfo::engine {

struct RunOptions {
  std::filesystem::path folder;  ///< the run folder; made if absent
  int threads = 0;               ///< 0: as many as cores
  std::string device;            ///< "": the graph's
  std::filesystem::path trace;   ///< "": none
  bool bars = true;              ///< progress bars (a terminal) or plain lines
  bool quiet = false;
  bool retry_failed = false;   ///< units of which items failed are made again
  bool verify_inputs = false;  ///< every file of the corpus is read, whatever its size and times say
  bool whole = true;           ///< the plan is all that the graph makes; false with --only
};

struct RunReport {
  std::size_t units = 0;                ///< planned
  std::size_t made = 0;                 ///< finished now
  std::size_t kept = 0;                 ///< finished before, still valid
  std::size_t remade = 0;               ///< of `made`: finished before with other inputs
  std::size_t failed = 0;               ///< units that failed or wait for one that did
  std::size_t failed_items = 0;         ///< lines of failures.tsv about items
  std::size_t to_retry = 0;             ///< items of finished units that the next run tries again by itself
  std::size_t given_up = 0;             ///< and those that it does not
  std::size_t damaged = 0;              ///< outputs of earlier runs that were not what they had been
  std::size_t remarks = 0;              ///< lines of remarks.tsv
  std::vector<std::string> incomplete;  ///< units that tell of the run and were made without what failed
  bool interrupted = false;
  std::string fatal;  ///< why the run stopped early (a full disk), or ""
  double wall = 0;    ///< seconds
  double audio = 0;   ///< seconds of audio that went through flows now
  bool complete() const { return failed == 0 && failed_items == 0 && !interrupted && fatal.empty(); }
};

/// Carries out what is not done yet, and again what failed for the machine's reasons (MachineFault). Sets no signal
/// handlers: `stop` says when to drain and return. Item failures go to RUN/failures.tsv, node figures to
/// RUN/metrics.tsv, the resolved graph to RUN/graph.yaml. Throws Error when the folder cannot be used (another cfo-run
/// works in it, no permission).
RunReport run_graph(const Graph& graph, const Plan& plan, const RunOptions& options, const std::atomic<bool>& stop);

/// What a run would find in its folder: unit index -> done already (same inputs, outputs present). Units that wait for
/// units which are not done are not done.
std::vector<bool> finished_units(const Graph& graph, const Plan& plan, const std::filesystem::path& folder);

}  // namespace cfo::engine
