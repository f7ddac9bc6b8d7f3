#include "bench/measure/slowest_layers.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string_view>

#include "bench/measure/operator_listener.h"

namespace cfo::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// What one thread's operators took so far.
struct Account {
  int depth = 0;  ///< operators that are running: those below the first are part of it
  std::map<std::string, double> seconds;
};

using Listener = OperatorListener<Account>;

struct Running : at::ObserverContext {
  std::string layer;
  Clock::time_point begin;
};

/// The operator, and the shape of its second tensor where that is a weight.
std::string layer_of(const at::RecordFunction& called) {
  std::string name = called.name();
  if (name.starts_with("aten::")) name.erase(0, std::string_view("aten::").size());
  const auto inputs = called.inputs();
  if (inputs.size() < 2 || !inputs[1].isTensor() || !inputs[1].toTensor().defined() || inputs[1].toTensor().dim() < 2)
    return name;
  if (!name.starts_with("conv") && !name.starts_with("linear") && !name.starts_with("matmul")) return name;
  return fmt::format("{} {}", name, fmt::join(inputs[1].toTensor().sizes(), "x"));
}

std::unique_ptr<at::ObserverContext> on_begin(const at::RecordFunction& called) {
  Account* const account = Listener::current();
  if (account == nullptr) return nullptr;
  auto running = std::make_unique<Running>();
  if (account->depth++ == 0) running->layer = layer_of(called);
  running->begin = Clock::now();
  return running;
}

void on_end(const at::RecordFunction&, at::ObserverContext* context) {
  Account* const account = Listener::current();
  if (account == nullptr || context == nullptr) return;
  const auto& running = static_cast<const Running&>(*context);
  if (--account->depth == 0)
    account->seconds[running.layer] += std::chrono::duration<double>(Clock::now() - running.begin).count();
}

}  // namespace

std::vector<LayerTime> slowest_layers(const std::function<void()>& work, std::size_t most) {
  Account account;
  {
    const Listener listener(account, at::RecordFunctionCallback(on_begin, on_end));
    work();
  }
  double all = 0;
  std::vector<LayerTime> layers;
  for (const auto& [layer, seconds] : account.seconds) {
    all += seconds;
    layers.push_back({layer, seconds, 0});
  }
  for (auto& layer : layers) layer.share = layer.seconds / all;
  std::sort(layers.begin(), layers.end(), [](const LayerTime& a, const LayerTime& b) { return a.seconds > b.seconds; });
  if (layers.size() > most) layers.resize(most);
  return layers;
}

}  // namespace cfo::bench
