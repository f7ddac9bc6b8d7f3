// One node inside a running flow: joins its ports, forms batches, calls the body, keeps its figures. Internal to the
// engine.
#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "engine/runtime/flow.h"
#include "engine/runtime/reason.h"

namespace cfo::engine {

using Packet = std::shared_ptr<const Item>;
using Packets = std::vector<Packet>;  ///< one item, from each port of a node
using Batch = std::vector<Packets>;

/// The first failure that ends a whole flow (a full disk), to be thrown again where the flow was started.
class FatalFailure {
 public:
  void raise(std::exception_ptr error);
  bool raised() const { return raised_; }
  void rethrow() const;

 private:
  std::mutex mutex_;
  std::exception_ptr error_;
  std::atomic<bool> raised_{false};
};

class Stage {
 public:
  Stage(FlowNode& node, const FlowSettings& settings, std::size_t count, FatalFailure& fatal);

  FlowNode& node() { return node_; }
  const FlowNode& node() const { return node_; }
  bool batches() const { return node_.batch > 1; }
  bool needs_order() const { return node_.ordered || batches(); }
  /// Most items that wait here for their batch to fill.
  std::size_t held_back() const { return batches() ? std::max(node_.bucket, node_.batch) : 0; }

  /// An item on one port; the packets of all ports once the last has come, else nothing. Called by one thread at a
  /// time.
  Packets join(std::size_t port, const Packet& packet);
  /// Takes an item in; gives the batches that are now full. Called by one thread at a time.
  std::vector<Batch> gather(const Packets& packets);
  /// Runs the body on a batch; one result an item. Called by up to `concurrency` threads at a time.
  Packets process(const Batch& batch);

  storage::NodeMetrics metrics() const;
  double cpu_seconds() const;  ///< of the threads that called process()
  std::map<uint64_t, storage::ItemFailure> failures() const;
  bool lacked_memory() const;  ///< some item failed for want of it

 private:
  using Clock = std::chrono::steady_clock;
  std::vector<Batch> cut_window();
  void call(std::vector<Work>& works);
  void call_one(Work& work);
  void fail(Item& item, const Reason& reason);

  FlowNode& node_;
  const FlowSettings& settings_;
  FatalFailure& fatal_;
  std::size_t to_come_;                  ///< items that have not reached gather() yet
  std::map<uint64_t, Packets> partial_;  ///< items that wait for their other ports
  std::vector<Packets> window_;          ///< items that wait for their batch
  mutable std::mutex mutex_;             ///< guards what follows
  storage::NodeMetrics metrics_;
  double cpu_seconds_ = 0;
  uint64_t queued_ = 0;
  std::map<uint64_t, Clock::time_point> arrived_;
  std::map<uint64_t, storage::ItemFailure> failures_;
  bool lacked_memory_ = false;
};

}  // namespace cfo::engine
