// The runtime: order, failures, batches, back-pressure, stopping.
#include "engine/runtime/flow.h"

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <set>

#include "tests/support/counting_kinds.h"

using namespace cfo;
using namespace cfo::engine;
using namespace cfo::test;

namespace {

Item numbered(std::size_t i) {
  Item item;
  item.index = i;
  item.id = fmt::format("i{}", i);
  item.seconds = static_cast<double>(1 + (i * 7) % 5);
  return item;
}

FlowNode node(std::string name, std::unique_ptr<Node> body, std::vector<std::size_t> inputs,
              std::size_t concurrency = 4) {
  FlowNode result;
  result.name = std::move(name);
  result.body = std::move(body);
  result.inputs = std::move(inputs);
  result.concurrency = concurrency;
  return result;
}

auto give_index() {
  return node_of([](Work& work) { work.output.set(value_field, static_cast<double>(work.output.index)); });
}

/// A sink that keeps what it was given, in the order it came.
struct Collected {
  std::vector<double> values;
  bool finished = false;
};
struct CollectNode : Node {
  Collected& into;
  explicit CollectNode(Collected& collected) : into(collected) {}
  void process(std::span<Work> batch) override {
    for (auto& work : batch) into.values.push_back(work.output.get(value_field));
  }
  void finish() override { into.finished = true; }
};
FlowNode collector(Collected& collected, std::vector<std::size_t> inputs) {
  FlowNode result = node("out", std::make_unique<CollectNode>(collected), std::move(inputs), 1);
  result.ordered = true;
  return result;
}

FlowSettings four_threads() {
  FlowSettings settings;
  settings.threads = 4;
  return settings;
}

}  // namespace

TEST_CASE("a sink sees every item in index order, whatever the threads do") {
  Collected collected;
  std::vector<FlowNode> nodes;
  nodes.push_back(node("in", give_index(), {}));
  nodes.push_back(node("uneven", node_of([](Work& work) {
                         std::this_thread::sleep_for(std::chrono::microseconds((work.output.index * 37) % 900));
                       }),
                       {0}));
  nodes.push_back(collector(collected, {1}));
  const FlowResult result = run_flow(nodes, 300, numbered, four_threads());
  CHECK(result.complete);
  CHECK(collected.finished);
  REQUIRE(collected.values.size() == 300);
  for (std::size_t i = 0; i < 300; ++i) CHECK(collected.values[i] == static_cast<double>(i));
  CHECK(result.metrics[1].items == 300);
  CHECK(result.metrics[1].busy_seconds > 0);
}

TEST_CASE("fan-out and fan-in join the branches of the same item") {
  Collected collected;
  std::vector<FlowNode> nodes;
  nodes.push_back(node("in", give_index(), {}));
  nodes.push_back(
      node("twice", node_of([](Work& w) { w.output.set(value_field, 2 * w.output.get(value_field)); }), {0}));
  nodes.push_back(node("square", node_of([](Work& w) {
                         const double v = w.output.get(value_field);
                         w.output.set(value_field, v * v);
                       }),
                       {0}));
  nodes.push_back(node("difference", node_of([](Work& w) {
                         w.output.set(value_field, w.inputs[0]->get(value_field) - w.inputs[1]->get(value_field));
                       }),
                       {2, 1}));
  nodes.push_back(collector(collected, {3}));
  REQUIRE(run_flow(nodes, 100, numbered, four_threads()).complete);
  for (std::size_t i = 0; i < 100; ++i)
    CHECK(collected.values[i] == static_cast<double>(i) * static_cast<double>(i) - 2.0 * static_cast<double>(i));
}

TEST_CASE("an exception fails its item alone, is told once, and the other branch does not deliver it") {
  Collected collected;
  std::vector<FlowNode> nodes;
  nodes.push_back(node("in", give_index(), {}));
  nodes.push_back(node("picky", node_of([](Work& w) {
                         if (w.output.index % 10 == 3) throw Error("do not like {}", w.output.id);
                       }),
                       {0}));
  nodes.push_back(node("join", node_of([](Work&) {}), {1, 0}));
  nodes.push_back(collector(collected, {2}));
  const FlowResult result = run_flow(nodes, 50, numbered, four_threads());
  CHECK(result.complete);
  CHECK(result.failed == 5);
  CHECK(collected.values.size() == 45);
  REQUIRE(result.failures.size() == 5);
  CHECK(result.failures[1].node == "picky");
  CHECK(result.failures[1].item == "i13");
  CHECK(result.failures[1].reason == "do not like i13");
}

TEST_CASE("batches are cut by count and seconds, from length-sorted windows, the same on one thread and on four") {
  const auto batches_with = [](int threads) {
    std::mutex mutex;
    std::set<std::vector<uint64_t>> batches;
    struct Recorder : Node {
      std::mutex& mutex;
      std::set<std::vector<uint64_t>>& batches;
      Recorder(std::mutex& m, std::set<std::vector<uint64_t>>& b) : mutex(m), batches(b) {}
      void process(std::span<Work> batch) override {
        std::vector<uint64_t> indices;
        double seconds = 0;
        for (auto& work : batch) {
          indices.push_back(work.output.index);
          seconds += work.output.seconds;
        }
        CHECK(batch.size() <= 6);
        CHECK((batch.size() == 1 || seconds <= 12));
        const std::lock_guard lock(mutex);
        batches.insert(indices);
      }
    };
    Collected collected;
    std::vector<FlowNode> nodes;
    nodes.push_back(node("in", give_index(), {}));
    nodes.push_back(node("batched", std::make_unique<Recorder>(mutex, batches), {0}, 2));
    nodes.back().batch = 6;
    nodes.back().batch_seconds = 12;
    nodes.back().bucket = 20;
    nodes.push_back(collector(collected, {1}));
    FlowSettings settings = four_threads();
    settings.threads = threads;
    settings.in_flight = 2;  // less than a window: the flow must raise it rather than stand still
    CHECK(run_flow(nodes, 103, numbered, settings).complete);
    CHECK(collected.values.size() == 103);
    return batches;
  };
  const auto one = batches_with(1);
  CHECK(one == batches_with(4));
  CHECK(one.size() < 60);
}

TEST_CASE("one bad item in a batch does not take the others with it") {
  Collected collected;
  std::vector<FlowNode> nodes;
  nodes.push_back(node("in", give_index(), {}));
  nodes.push_back(node("batched", node_of([](Work& w) {
                         if (w.output.index == 5) throw Error("bad");
                         w.output.set(value_field, w.output.get(value_field) + 100);
                       }),
                       {0}));
  nodes.back().batch = 4;
  nodes.push_back(collector(collected, {1}));
  const FlowResult result = run_flow(nodes, 16, numbered, four_threads());
  CHECK(result.failed == 1);
  REQUIRE(collected.values.size() == 15);
  for (const double value : collected.values) CHECK((value >= 100 && value < 116));  // added once, not twice
}

TEST_CASE("never more items are inside than in_flight allows") {
  std::atomic<int> inside{0}, most{0};
  Collected collected;
  std::vector<FlowNode> nodes;
  nodes.push_back(node("in", node_of([&](Work& w) {
                         const int now = ++inside;
                         int seen = most;
                         while (now > seen && !most.compare_exchange_weak(seen, now)) {
                         }
                         w.output.set(value_field, 0.0);
                       }),
                       {}));
  nodes.push_back(
      node("slow", node_of([](Work&) { std::this_thread::sleep_for(std::chrono::microseconds(200)); }), {0}, 1));
  nodes.push_back(collector(collected, {1}));
  FlowSettings settings = four_threads();
  settings.in_flight = 8;
  settings.on_item_done = [&](const Item&) { --inside; };
  CHECK(run_flow(nodes, 400, numbered, settings).complete);
  CHECK(most <= 8);
  CHECK(inside == 0);
}

TEST_CASE("a stop drains what is under way and says the flow is not complete") {
  std::atomic<bool> stop{false};
  Collected collected;
  std::vector<FlowNode> nodes;
  nodes.push_back(node("in", give_index(), {}));
  nodes.push_back(node("stopper", node_of([&](Work& w) {
                         if (w.output.index == 20) stop = true;
                       }),
                       {0}));
  nodes.push_back(collector(collected, {1}));
  FlowSettings settings = four_threads();
  settings.stop = &stop;
  const FlowResult result = run_flow(nodes, 100000, numbered, settings);
  CHECK_FALSE(result.complete);
  CHECK_FALSE(collected.finished);
  CHECK(result.items >= 20);
  CHECK(result.items < 1000);
}

TEST_CASE("a full disk ends the flow and is thrown") {
  Collected collected;
  std::vector<FlowNode> nodes;
  nodes.push_back(node("in", give_index(), {}));
  nodes.push_back(node("disk", node_of([](Work& w) {
                         if (w.output.index == 30) throw OutOfSpace("disk full");
                       }),
                       {0}));
  nodes.push_back(collector(collected, {1}));
  CHECK_THROWS_AS(run_flow(nodes, 100000, numbered, four_threads()), OutOfSpace);
  CHECK_FALSE(collected.finished);
}

TEST_CASE("no items, no trouble") {
  Collected collected;
  std::vector<FlowNode> nodes;
  nodes.push_back(node("in", give_index(), {}));
  nodes.push_back(collector(collected, {0}));
  CHECK(run_flow(nodes, 0, numbered, four_threads()).complete);
  CHECK(collected.finished);
}
