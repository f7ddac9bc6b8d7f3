// Which unit of a plan may be started next. Knows nothing of threads or of what a unit does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "engine/plan/plan.h"

namespace cfo::engine {

enum class UnitState { waiting, running, done, failed, blocked };

/// The states of a plan's units. Starting, finishing and failing a unit costs what its followers cost, whatever the
/// size of the plan. Not thread-safe.
class UnitQueue {
 public:
  explicit UnitQueue(const Plan& plan);

  UnitState state(std::size_t unit) const { return states_[unit]; }
  std::size_t count(UnitState state) const { return counts_[static_cast<std::size_t>(state)]; }
  /// True for a waiting unit when all that it waits for is done; failed or blocked counts as done for one that takes
  /// what is there.
  bool is_ready(std::size_t unit) const;
  /// The first ready unit in plan order: a task if there is one, else a flow if `flows` are wanted.
  std::optional<std::size_t> next(bool flows) const;

  void start(std::size_t unit);     ///< ready -> running
  void put_back(std::size_t unit);  ///< running -> ready
  void finish(std::size_t unit);    ///< ready or running -> done

  struct Blocked {
    std::size_t unit, culprit;  ///< the culprit is the first unit it waits for that failed or is blocked itself
  };
  /// running -> failed. All that waits for it, directly or not, is blocked, but for what takes what is there; those
  /// units in plan order.
  std::vector<Blocked> fail(std::size_t unit);

 private:
  void set(std::size_t unit, UnitState state);
  void settle(std::size_t follower);  ///< one of the units it waits for will not change any more

  const Plan& plan_;
  std::vector<UnitState> states_;
  std::size_t counts_[5] = {};
  std::vector<std::vector<std::uint32_t>> followers_;  ///< of each unit, in plan order
  std::vector<std::size_t> missing_;                   ///< of what a unit waits for, how many are not done
  std::set<std::size_t> ready_tasks_, ready_flows_;
};

}  // namespace cfo::engine
