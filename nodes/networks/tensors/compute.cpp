#include "nodes/networks/tensors/compute.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <mutex>
#include <optional>

#include "base/error.h"

namespace cfo::tensors {
namespace {

/// Calls the C function `name(threads)` where a loaded library has it: ATen does not tell its BLAS.
void set_threads_of(const char* name, int threads) {
  if (void* const symbol = dlsym(RTLD_DEFAULT, name)) reinterpret_cast<void (*)(int)>(symbol)(threads);
}

/// The inter-op pool can be sized once, before its first use; when it already runs, nothing of CFO's depends on its
/// size.
void set_one_interop_thread() {
  static std::once_flag once;
  std::call_once(once, [] {
    try {
      at::set_num_interop_threads(1);
    } catch (const c10::Error&) {
    }
  });
}

constexpr uint64_t fnv_offset = 0xCBF29CE484222325, fnv_prime = 0x100000001B3;

uint64_t fnv1a(uint64_t state, std::string_view bytes) {
  for (const unsigned char byte : bytes) state = (state ^ byte) * fnv_prime;
  return state;
}

uint64_t fnv1a(uint64_t state, uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) state = (state ^ ((number >> shift) & 0xFF)) * fnv_prime;
  return state;
}

/// The finaliser of splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
uint64_t splitmix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

/// The device that `text` names, whether or not there is one; nothing for other text.
std::optional<c10::Device> spelled_device(std::string_view text) {
  if (text == "cpu") return c10::kCPU;
  constexpr std::string_view cuda = "cuda";
  if (text.substr(0, cuda.size()) != cuda) return std::nullopt;
  if (text.size() == cuda.size()) return c10::Device(c10::kCUDA, 0);
  int index = 0;
  const char* const first = text.data() + cuda.size() + 1;
  const char* const last = text.data() + text.size();
  if (text[cuda.size()] != ':' || first == last || *first == '-') return std::nullopt;
  const auto [end, error] = std::from_chars(first, last, index);
  if (error != std::errc() || end != last) return std::nullopt;
  constexpr int most = std::numeric_limits<c10::DeviceIndex>::max();
  return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(std::min(index, most)));
}

}  // namespace

void use_one_thread_per_task() {
  at::set_num_threads(1);
  set_one_interop_thread();
  set_threads_of("openblas_set_num_threads", 1);
  set_threads_of("omp_set_num_threads", 1);
}

Inference::Inference() : no_grad_(false) { at::internal::lazy_init_num_threads(); }

std::string why_no_device(std::string_view device) {
  if (spelled_device(device)) return "";
  return fmt::format("'{}' is not a device; give cpu, cuda or cuda:N (N from 0)", device);
}

std::string why_unusable(std::string_view device) {
  const auto spelled = spelled_device(device);
  if (!spelled) throw Error("{}", why_no_device(device));
  if (spelled->is_cpu()) return "";
  if (!at::hasCUDA())
    return fmt::format(
        "device '{}' cannot be used: this machine has no CUDA device, or this libtorch is built without CUDA; write "
        "device: cpu, or give --device cpu",
        device);
  const auto devices = static_cast<int>(at::getNumGPUs());
  if (spelled->index() >= devices)
    return fmt::format("device '{}' is not there: this machine has {} CUDA device(s), counted from 0", device, devices);
  return "";
}

c10::Device parse_device(std::string_view text) {
  if (const std::string reason = why_unusable(text); !reason.empty()) throw Error("{}", reason);
  return *spelled_device(text);
}

at::Generator random_stream(uint64_t seed) { return at::make_generator<at::CPUGeneratorImpl>(seed); }

uint64_t seed_from(uint64_t graph_seed, std::string_view unit, std::string_view item) {
  uint64_t state = fnv1a(fnv_offset, graph_seed);
  for (const auto text : {unit, item}) state = fnv1a(fnv1a(state, text.size()), text);
  return splitmix(state);
}

}  // namespace cfo::tensors
