// The runtime: one unit's items through its nodes, as a oneTBB flow graph with back-pressure.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/kind/kind.h"
#include "engine/runtime/trace.h"
#include "storage/run_folder/ledger.h"

namespace cfo::engine {

/// A node of a flow, ready to run.
struct FlowNode {
  std::string name;
  std::unique_ptr<Node> body;
  std::vector<std::size_t> inputs;  ///< indices of the nodes it reads, one a port; empty: the source
  std::size_t concurrency = 1;      ///< calls at once
  std::size_t batch = 1;            ///< most items a call
  double batch_seconds = 0;         ///< most audio a call; 0: no limit
  std::size_t bucket = 1;           ///< items sorted by length before batches are cut
  bool ordered = false;             ///< items arrive by index (sinks)
};

struct FlowSettings {
  int threads = 1;
  std::size_t in_flight = 32;               ///< most items between the source and the last node at once
  const std::atomic<bool>* stop = nullptr;  ///< when it becomes true the source stops and what is under way drains
  Trace* trace = nullptr;
  std::string unit;                                    ///< for the trace
  std::function<void(const Item&)> on_item_done = {};  ///< an item (failed or not) has left every node; any thread
};

struct FlowResult {
  bool complete = false;  ///< every item went through (else stopped)
  uint64_t items = 0, failed = 0;
  bool lacked_memory = false;                  ///< items failed for want of it
  double seconds = 0;                          ///< audio of the items that did not fail
  double cpu_seconds = 0;                      ///< of the threads that ran the bodies, while they did
  std::vector<storage::ItemFailure> failures;  ///< by item, each item once, with the first node that failed it
  std::vector<storage::ItemRemark> remarks;    ///< by item
  std::vector<storage::NodeMetrics> metrics;
};

/// Runs items [0, count) through `nodes` (each after its inputs) and calls finish() of the sinks when all are through.
/// `make_item` gives the bare item of an index. Batches do not depend on timing: items of a batching node are taken in
/// index order, so results do not depend on the number of threads. An exception in a body fails that item only;
/// OutOfSpace stops the flow and is thrown.
FlowResult run_flow(std::vector<FlowNode>& nodes, std::size_t count, const std::function<Item(std::size_t)>& make_item,
                    const FlowSettings& settings);

}  // namespace cfo::engine
