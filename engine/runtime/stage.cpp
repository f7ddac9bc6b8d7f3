#include "engine/runtime/stage.h"

#include <algorithm>

#include "base/error.h"
#include "base/process/cpu_time.h"

namespace cfo::engine {
void FatalFailure::raise(std::exception_ptr error) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = std::move(error);
  raised_ = true;
}

void FatalFailure::rethrow() const {
  if (error_) std::rethrow_exception(error_);
}

Stage::Stage(FlowNode& node, const FlowSettings& settings, std::size_t count, FatalFailure& fatal)
    : node_(node), settings_(settings), fatal_(fatal), to_come_(count) {
  metrics_.node = node.name;
}

Packets Stage::join(std::size_t port, const Packet& packet) {
  const std::size_t ports = std::max<std::size_t>(1, node_.inputs.size());
  Packets ready;
  if (ports == 1) {
    ready = {packet};
  } else {
    auto& waiting = partial_[packet->index];
    waiting.resize(ports);
    waiting[port] = packet;
    if (std::any_of(waiting.begin(), waiting.end(), [](const Packet& p) { return p == nullptr; })) return {};
    ready = std::move(waiting);
    partial_.erase(packet->index);
  }
  const std::lock_guard lock(mutex_);
  arrived_[packet->index] = Clock::now();
  metrics_.queue_most = std::max(metrics_.queue_most, ++queued_);
  return ready;
}

std::vector<Batch> Stage::gather(const Packets& packets) {
  --to_come_;
  if (!batches()) return {Batch{packets}};
  window_.push_back(packets);
  const std::size_t window = std::max(node_.bucket, node_.batch);
  if (window_.size() < window && to_come_ > 0) return {};
  return cut_window();
}

std::vector<Batch> Stage::cut_window() {
  std::stable_sort(window_.begin(), window_.end(),
                   [](const Packets& a, const Packets& b) { return a[0]->seconds < b[0]->seconds; });
  std::vector<Batch> batches;
  double seconds = 0;
  for (auto& packets : window_) {
    const double longer = seconds + packets[0]->seconds;
    const bool full = batches.empty() || batches.back().size() >= node_.batch ||
                      (node_.batch_seconds > 0 && longer > node_.batch_seconds);
    if (full) {
      batches.emplace_back();
      seconds = 0;
    }
    seconds += packets[0]->seconds;
    batches.back().push_back(std::move(packets));
  }
  window_.clear();
  return batches;
}

Packets Stage::process(const Batch& batch) {
  const auto begin = Clock::now();
  const double cpu = process::thread_cpu_seconds();
  std::vector<Work> works;
  Packets results(batch.size());
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto broken =
        std::find_if(batch[i].begin(), batch[i].end(), [](const Packet& p) { return p->failure.has_value(); });
    if (broken != batch[i].end() || fatal_.raised()) {
      results[i] = broken != batch[i].end() ? *broken : batch[i].front();
      continue;
    }
    works.push_back({batch[i], *batch[i].front()});
    positions.push_back(i);
  }
  if (!works.empty()) call(works);
  for (auto& work : works)
    for (auto& remark : work.output.remarks)
      if (remark.node.empty()) remark.node = node_.name;
  const auto end = Clock::now();
  const double cpu_used = process::thread_cpu_seconds() - cpu;
  {
    const std::lock_guard lock(mutex_);
    metrics_.items += works.size();
    metrics_.batches += works.empty() ? 0 : 1;
    metrics_.busy_seconds += std::chrono::duration<double>(end - begin).count();
    cpu_seconds_ += cpu_used;
    queued_ -= batch.size();
    for (const auto& packets : batch) {
      const auto arrival = arrived_.find(packets.front()->index);
      metrics_.wait_seconds += std::chrono::duration<double>(begin - arrival->second).count();
      arrived_.erase(arrival);
    }
  }
  if (settings_.trace != nullptr && !works.empty()) {
    const std::string item = works.size() == 1 ? works[0].output.id : works[0].output.id + " and more";
    settings_.trace->event(node_.name, settings_.unit, item, begin, end);
  }
  for (std::size_t i = 0; i < works.size(); ++i)
    results[positions[i]] = std::make_shared<const Item>(std::move(works[i].output));
  return results;
}

void Stage::call(std::vector<Work>& works) {
  if (works.size() == 1) return call_one(works[0]);
  std::vector<Work> untouched = works;
  try {
    node_.body->process(works);
  } catch (...) {
    works = std::move(untouched);  // one bad item must not take the others with it
    for (auto& work : works) call_one(work);
  }
}

void Stage::call_one(Work& work) {
  try {
    node_.body->process(std::span(&work, 1));
  } catch (const OutOfSpace& error) {
    fail(work.output, reason_of(error));
    fatal_.raise(std::current_exception());
  } catch (const std::exception& error) {
    fail(work.output, reason_of(error));
  }
}

void Stage::fail(Item& item, const Reason& reason) {
  item.failure = reason.text;
  const std::lock_guard lock(mutex_);
  failures_.emplace(item.index, storage::ItemFailure{node_.name, item.id, reason.text, reason.of_the_machine});
  lacked_memory_ = lacked_memory_ || reason.of_memory;
}

bool Stage::lacked_memory() const {
  const std::lock_guard lock(mutex_);
  return lacked_memory_;
}

storage::NodeMetrics Stage::metrics() const {
  const std::lock_guard lock(mutex_);
  return metrics_;
}

double Stage::cpu_seconds() const {
  const std::lock_guard lock(mutex_);
  return cpu_seconds_;
}

std::map<uint64_t, storage::ItemFailure> Stage::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

}  // namespace cfo::engine
