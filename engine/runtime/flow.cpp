#include "engine/runtime/flow.h"

#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "engine/runtime/stage.h"

namespace cfo::engine {
namespace {

namespace flow = oneapi::tbb::flow;

/// Lets the limiter pass a new item once an old one has left every leaf (a node that nothing reads).
class Exit {
 public:
  explicit Exit(std::size_t leaves) : leaves_(leaves) {}

  bool leave(const Packet& packet) {
    if (leaves_ == 1) return true;
    const auto seen = ++seen_[packet->index];
    if (seen < leaves_) return false;
    seen_.erase(packet->index);
    return true;
  }

 private:
  std::size_t leaves_;
  std::map<uint64_t, std::size_t> seen_;
};

/// The flow graph of one unit. Every node is: join its ports -> (order) -> (batch) -> body.
class Flow {
 public:
  Flow(std::vector<FlowNode>& nodes, std::size_t count, const std::function<Item(std::size_t)>& make_item,
       const FlowSettings& settings)
      : count_(count), make_item_(make_item), settings_(settings) {
    for (auto& node : nodes) stages_.push_back(std::make_unique<Stage>(node, settings, count, failure_));
  }

  /// What was begun must end before the nodes go, also when building or running threw.
  ~Flow() {
    graph_.cancel();
    graph_.wait_for_all();
  }
  Flow(const Flow&) = delete;
  Flow& operator=(const Flow&) = delete;

  FlowResult run() {
    build();
    source_->activate();
    graph_.wait_for_all();
    failure_.rethrow();
    return result();
  }

 private:
  /// A batch on its way. Who works on it takes it out: the message itself lives on while the results travel, and would
  /// keep the batch's items in memory after they have left the flow and the limiter has let others in.
  using Carried = std::shared_ptr<Batch>;
  using Output = flow::multifunction_node<Carried, std::tuple<Packet>>;

  void build() {
    std::size_t next = 0;
    source_ = std::make_unique<flow::input_node<Packet>>(
        graph_, [this, next](oneapi::tbb::flow_control& control) mutable -> Packet {
          const bool stopped = (settings_.stop != nullptr && *settings_.stop) || failure_.raised();
          if (next >= count_ || stopped) {
            control.stop();
            return {};
          }
          auto item = std::make_shared<Item>(make_item_(next));
          item->index = next++;
          return item;
        });
    limiter_ = std::make_unique<flow::limiter_node<Packet>>(graph_, in_flight());
    flow::make_edge(*source_, *limiter_);
    for (std::size_t i = 0; i < stages_.size(); ++i) build_stage(i);
    build_exit();
  }

  /// Batching nodes hold items back until a batch is full; the limiter must let at least that many pass.
  std::size_t in_flight() const {
    std::size_t held = 1;
    for (const auto& stage : stages_) held += stage->held_back();
    return std::max(settings_.in_flight, held);
  }

  void build_stage(std::size_t index) {
    Stage& stage = *stages_[index];
    flow::receiver<Packets>* entry = nullptr;
    outputs_.push_back(std::make_unique<Output>(
        graph_, stage.node().concurrency, [&stage](const Carried& carried, Output::output_ports_type& ports) {
          auto results = stage.process(std::exchange(*carried, {}));
          for (auto& packet : results)
            std::get<0>(ports).try_put(
                std::exchange(packet, nullptr));  // try_put copies: none must wait here for the others
        }));
    Output& body = *outputs_.back();

    using Batcher = flow::multifunction_node<Packets, std::tuple<Carried>>;
    auto batcher = std::make_shared<Batcher>(graph_, flow::serial,
                                             [&stage](const Packets& packets, Batcher::output_ports_type& ports) {
                                               for (auto& batch : stage.gather(packets))
                                                 std::get<0>(ports).try_put(std::make_shared<Batch>(std::move(batch)));
                                             });
    flow::make_edge(flow::output_port<0>(*batcher), body);
    keep_.push_back(batcher);
    entry = batcher.get();

    if (stage.needs_order()) {
      auto order = std::make_shared<flow::sequencer_node<Packets>>(
          graph_, [](const Packets& packets) { return packets.front()->index; });
      flow::make_edge(*order, *batcher);
      keep_.push_back(order);
      entry = order.get();
    }
    connect_inputs(index, *entry);
  }

  void connect_inputs(std::size_t index, flow::receiver<Packets>& entry) {
    Stage& stage = *stages_[index];
    const auto& inputs = stage.node().inputs;
    using Joiner = flow::multifunction_node<std::pair<std::size_t, Packet>, std::tuple<Packets>>;
    auto joiner = std::make_shared<Joiner>(
        graph_, flow::serial,
        [&stage](const std::pair<std::size_t, Packet>& arrival, Joiner::output_ports_type& ports) {
          if (auto packets = stage.join(arrival.first, arrival.second); !packets.empty())
            std::get<0>(ports).try_put(std::move(packets));
        });
    flow::make_edge(flow::output_port<0>(*joiner), entry);
    keep_.push_back(joiner);
    const std::size_t ports = std::max<std::size_t>(1, inputs.size());
    for (std::size_t port = 0; port < ports; ++port) {
      using Tagger = flow::function_node<Packet, std::pair<std::size_t, Packet>, flow::lightweight>;
      auto tagger = std::make_shared<Tagger>(
          graph_, flow::unlimited, [port](const Packet& packet) noexcept { return std::make_pair(port, packet); });
      flow::make_edge(*tagger, *joiner);
      keep_.push_back(tagger);
      if (inputs.empty()) {
        flow::make_edge(*limiter_, *tagger);
      } else {
        flow::make_edge(flow::output_port<0>(*outputs_[inputs[port]]), *tagger);
      }
    }
  }

  void build_exit() {
    std::vector<bool> read(stages_.size(), false);
    for (const auto& stage : stages_)
      for (const auto input : stage->node().inputs) read[input] = true;
    const auto leaves = static_cast<std::size_t>(std::count(read.begin(), read.end(), false));
    using Leaving = flow::multifunction_node<Packet, std::tuple<flow::continue_msg>>;
    auto exit = std::make_shared<Exit>(leaves);
    auto leaving = std::make_shared<Leaving>(graph_, flow::serial,
                                             [this, exit](const Packet& packet, Leaving::output_ports_type& ports) {
                                               if (packet->failure) failed_.insert(packet->index);
                                               note_remarks(*packet);
                                               if (!exit->leave(packet)) return;
                                               ++left_;
                                               if (!failed_.contains(packet->index)) seconds_ += packet->seconds;
                                               if (settings_.on_item_done) settings_.on_item_done(*packet);
                                               std::get<0>(ports).try_put(flow::continue_msg());
                                             });
    for (std::size_t i = 0; i < stages_.size(); ++i)
      if (!read[i]) flow::make_edge(flow::output_port<0>(*outputs_[i]), *leaving);
    flow::make_edge(flow::output_port<0>(*leaving), limiter_->decrementer());
    keep_.push_back(leaving);
  }

  /// An item leaves once a leaf, each time with the remarks of the nodes before the fork.
  void note_remarks(const Item& item) {
    auto& noted = remarks_[item.index];
    for (const auto& remark : item.remarks) {
      const bool known = std::any_of(noted.begin(), noted.end(), [&](const auto& other) {
        return other.node == remark.node && other.text == remark.text;
      });
      if (!known) noted.push_back({remark.node, item.id, remark.text});
    }
    if (noted.empty()) remarks_.erase(item.index);
  }

  FlowResult result() {
    FlowResult result;
    result.complete = left_ == count_;
    result.items = left_;
    result.failed = failed_.size();
    result.seconds = seconds_;
    std::map<uint64_t, storage::ItemFailure>
        first;  // stages are in graph order: the earliest one that failed the item is kept
    for (const auto& stage : stages_) {
      result.metrics.push_back(stage->metrics());
      result.cpu_seconds += stage->cpu_seconds();
      result.lacked_memory = result.lacked_memory || stage->lacked_memory();
      for (const auto& [index, failure] : stage->failures()) first.emplace(index, failure);
    }
    for (auto& [index, failure] : first) result.failures.push_back(std::move(failure));
    for (auto& [index, remarks] : remarks_)
      for (auto& remark : remarks) result.remarks.push_back(std::move(remark));
    if (result.complete)
      for (const auto& stage : stages_) stage->node().body->finish();
    return result;
  }

  std::size_t count_;
  const std::function<Item(std::size_t)>& make_item_;
  const FlowSettings& settings_;
  FatalFailure failure_;
  std::vector<std::unique_ptr<Stage>> stages_;
  flow::graph graph_;
  std::unique_ptr<flow::input_node<Packet>> source_;
  std::unique_ptr<flow::limiter_node<Packet>> limiter_;
  std::vector<std::unique_ptr<Output>> outputs_;
  std::vector<std::shared_ptr<flow::graph_node>> keep_;
  std::size_t left_ = 0;
  std::set<uint64_t> failed_;  ///< on any branch
  std::map<uint64_t, std::vector<storage::ItemRemark>> remarks_;
  double seconds_ = 0;
};

}  // namespace

FlowResult run_flow(std::vector<FlowNode>& nodes, std::size_t count, const std::function<Item(std::size_t)>& make_item,
                    const FlowSettings& settings) {
  oneapi::tbb::task_arena arena(std::max(1, settings.threads));
  FlowResult result;
  arena.execute([&] { result = Flow(nodes, count, make_item, settings).run(); });
  return result;
}

}  // namespace cfo::engine
