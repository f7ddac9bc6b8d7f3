#include "bench/measure/machine.h"

#include <ATen/ATen.h>
#include <ATen/Version.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <fstream>
#include <mutex>
#include <thread>
#include <vector>

#include "bench/measure/clocks.h"
#include "nodes/networks/tensors/compute.h"

namespace cfo::bench {
namespace {

constexpr int64_t sizes[] = {1024, 1536, 2048};
constexpr int products_a_round = 2;

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("model name", 0) != 0) continue;
    const auto colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

int usable_cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

/// What follows `key` in libtorch's description of how it was built, up to `end`.
std::string from_configuration(const std::string& key, const std::string& end) {
  const std::string text = at::show_config();
  const auto at = text.find(key);
  if (at == std::string::npos) return "unknown";
  const auto first = at + key.size();
  return text.substr(first, text.find_first_of(end, first) - first);
}

/// Waits until the device has computed `tensor`.
void finish(const at::Tensor& tensor) { tensor.flatten().slice(0, 0, 1).to(at::kCPU); }

/// One thread's matrices.
class Multiplication {
 public:
  Multiplication(int64_t size, c10::Device device)
      : a_(at::full({size, size}, 0.5F, device)), b_(at::full({size, size}, 0.25F, device)) {}
  void operator()() const {
    const tensors::Inference inference;
    at::Tensor product;
    for (int i = 0; i < products_a_round; ++i) product = at::mm(a_, b_);
    finish(product);
  }

 private:
  at::Tensor a_, b_;
};

/// The shortest wall time of a round, in which every thread multiplies `products_a_round` times.
double best_round(int64_t size, int threads, double seconds, c10::Device device) {
  double best = 0;
  bool warm = false, more = true;
  Stopwatch whole, round;
  const auto between_rounds = [&]() noexcept {
    const double took = round.read().wall;
    if (warm) best = best == 0 ? took : std::min(best, took);
    if (!warm) whole = Stopwatch();
    warm = true;
    more = best == 0 || whole.read().wall < seconds;
    round = Stopwatch();
  };
  std::barrier gate(threads, between_rounds);
  const auto work = [&] {
    const Multiplication multiply(size, device);
    while (more) {
      multiply();
      gate.arrive_and_wait();
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (int i = 1; i < threads; ++i) helpers.emplace_back(work);
    work();
  }
  return best;
}

}  // namespace

Machine describe_machine() {
  return {processor_name(), usable_cores(), from_configuration("TORCH_VERSION=", ", \n"),
          from_configuration("CPU capability usage: ", "\n")};
}

Peak measure_peak(int threads, double seconds, c10::Device device) {
  Peak peak{0, 0, threads};
  for (const int64_t size : sizes) {
    const double flops = 2.0 * static_cast<double>(size) * static_cast<double>(size) * static_cast<double>(size);
    const double gflops = flops * products_a_round * threads / best_round(size, threads, seconds, device) / 1e9;
    if (gflops > peak.gflops) peak = {gflops, size, threads};
  }
  return peak;
}

}  // namespace cfo::bench
