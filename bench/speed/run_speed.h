// How fast a run was and what its nodes did meanwhile, from its ledger.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "storage/run_folder/ledger.h"

namespace cfo::bench {

/// A node over all flows of a run.
struct NodeSpeed {
  std::string node;
  uint64_t items = 0, batches = 0;
  double busy_seconds = 0;  ///< in its body, over all threads
  double busy_threads = 0;  ///< utilisation: threads that were in its body, on average over the flows' time
  double share = 0;         ///< of all nodes' busy time
  double wait_seconds = 0;  ///< that an item waited for it, on average
  uint64_t queue_most = 0;
};

/// A task (fitting, training, scoring, the report): all units of one node.
struct TaskSpeed {
  std::string node;
  uint64_t units = 0;
  double wall = 0, cpu = 0;
};

struct RunSpeed {
  uint64_t units = 0, items = 0, failed = 0;    ///< of flows
  double audio_seconds = 0;                     ///< that went through flows
  double wall = 0;                              ///< of the flows, one after another
  double busy = 0;                              ///< thread seconds in the bodies of the flows' nodes
  std::map<std::string, double> audio_of_unit;  ///< audio seconds, by unit id
  std::vector<NodeSpeed> nodes;                 ///< busiest first
  std::vector<TaskSpeed> tasks;                 ///< longest first
};

RunSpeed summarise(const std::vector<storage::LedgerRecord>& records);

/// From RUN/ledger. Throws Error when there is none or no flow has finished.
RunSpeed read_run_speed(const std::filesystem::path& run);

/// What the codecs of the flows computed.
struct RunOperations {
  double flops = 0;
  std::vector<std::string> left_out;  ///< codecs that cannot be loaded here, and why
};

/// Counts a second of audio on each codec of the run (with the fitted codebooks in RUN/models) and scales it up.
RunOperations operations_of(const RunSpeed& speed, const std::filesystem::path& run);

}  // namespace cfo::bench
