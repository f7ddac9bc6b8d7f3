// Which unit comes next, whatever the size of the plan.
#include "engine/runtime/unit_queue.h"

#include <doctest/doctest.h>

using namespace cfo::engine;

namespace {

Unit unit(bool is_task, std::vector<std::size_t> waits_for) {
  Unit made;
  made.waits_for = std::move(waits_for);
  if (!is_task) made.source = std::make_shared<PlannedSource>();
  return made;
}

/// Two flows; a task over both; a flow that needs the task; a task of its own.
Plan small_plan() {
  Plan plan;
  plan.units = {unit(false, {}), unit(false, {}), unit(true, {0, 1}), unit(false, {2}), unit(true, {})};
  return plan;
}

}  // namespace

TEST_CASE("tasks come before flows, and nothing before what it waits for") {
  const Plan plan = small_plan();
  UnitQueue queue(plan);
  CHECK(queue.next(true) == 4);
  queue.start(4);
  CHECK(queue.next(true) == 0);
  CHECK_FALSE(queue.next(false).has_value());
  queue.start(0);
  queue.start(1);
  CHECK_FALSE(queue.next(true).has_value());
  queue.finish(1);
  CHECK_FALSE(queue.is_ready(2));
  queue.finish(0);
  CHECK(queue.next(true) == 2);
  queue.start(2);
  queue.put_back(2);
  CHECK(queue.next(true) == 2);
  queue.start(2);
  queue.finish(2);
  CHECK(queue.next(true) == 3);
  CHECK(queue.count(UnitState::done) == 3);
  CHECK(queue.count(UnitState::running) == 1);
  CHECK(queue.count(UnitState::waiting) == 1);
}

TEST_CASE("a failure blocks what waits for it, near and far, and names the nearest culprit") {
  const Plan plan = small_plan();
  UnitQueue queue(plan);
  queue.finish(0);  // kept from an earlier run
  queue.start(1);
  const auto blocked = queue.fail(1);
  REQUIRE(blocked.size() == 2);
  CHECK(blocked[0].unit == 2);
  CHECK(blocked[0].culprit == 1);
  CHECK(blocked[1].unit == 3);
  CHECK(blocked[1].culprit == 2);
  CHECK(queue.state(3) == UnitState::blocked);
  CHECK(queue.next(true) == 4);
}

TEST_CASE("a unit that has two failed ones before it is blocked once") {
  Plan plan;
  plan.units = {unit(true, {}), unit(true, {}), unit(true, {0, 1})};
  UnitQueue queue(plan);
  queue.start(0);
  queue.start(1);
  CHECK(queue.fail(0).size() == 1);
  CHECK(queue.fail(1).empty());
  CHECK(queue.count(UnitState::failed) == 2);
  CHECK(queue.count(UnitState::blocked) == 1);
}
