#include "engine/runtime/unit_queue.h"

#include <algorithm>

namespace cfo::engine {

UnitQueue::UnitQueue(const Plan& plan)
    : plan_(plan),
      states_(plan.units.size(), UnitState::waiting),
      followers_(plan.units.size()),
      missing_(plan.units.size()) {
  counts_[static_cast<std::size_t>(UnitState::waiting)] = plan.units.size();
  for (std::size_t i = 0; i < plan.units.size(); ++i) {
    missing_[i] = plan.units[i].waits_for.size();
    for (const auto other : plan.units[i].waits_for) followers_[other].push_back(static_cast<std::uint32_t>(i));
    set(i, UnitState::waiting);
  }
}

bool UnitQueue::is_ready(std::size_t unit) const { return states_[unit] == UnitState::waiting && missing_[unit] == 0; }

std::optional<std::size_t> UnitQueue::next(bool flows) const {
  if (!ready_tasks_.empty()) return *ready_tasks_.begin();
  if (flows && !ready_flows_.empty()) return *ready_flows_.begin();
  return std::nullopt;
}

void UnitQueue::set(std::size_t unit, UnitState state) {
  --counts_[static_cast<std::size_t>(states_[unit])];
  ++counts_[static_cast<std::size_t>(state)];
  states_[unit] = state;
  auto& ready = plan_.units[unit].is_task() ? ready_tasks_ : ready_flows_;
  if (is_ready(unit)) {
    ready.insert(unit);
  } else {
    ready.erase(unit);
  }
}

void UnitQueue::start(std::size_t unit) { set(unit, UnitState::running); }

void UnitQueue::put_back(std::size_t unit) { set(unit, UnitState::waiting); }

void UnitQueue::finish(std::size_t unit) {
  set(unit, UnitState::done);
  for (const auto follower : followers_[unit]) settle(follower);
}

void UnitQueue::settle(std::size_t follower) {
  --missing_[follower];
  set(follower, states_[follower]);
}

std::vector<UnitQueue::Blocked> UnitQueue::fail(std::size_t unit) {
  set(unit, UnitState::failed);
  std::vector<Blocked> blocked;
  std::set<std::size_t> affected;
  const auto give_up = [&](std::size_t lost) {
    for (const auto follower : followers_[lost]) {
      if (plan_.units[follower].takes_what_is_there()) {
        settle(follower);
      } else {
        affected.insert(follower);
      }
    }
  };
  give_up(unit);
  while (!affected.empty()) {  // units come after those they wait for: in plan order every culprit is known
    const std::size_t index = *affected.begin();
    affected.erase(affected.begin());
    if (states_[index] != UnitState::waiting) continue;
    const auto& waits = plan_.units[index].waits_for;
    const auto culprit = std::find_if(waits.begin(), waits.end(), [&](auto other) {
      return states_[other] == UnitState::failed || states_[other] == UnitState::blocked;
    });
    set(index, UnitState::blocked);
    blocked.push_back({index, *culprit});
    give_up(index);
  }
  return blocked;
}

}  // namespace cfo::engine
