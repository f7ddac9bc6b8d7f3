// Where and how tensors are computed: device, threads, random streams. What differs between libtorch versions lives
// here.
#pragma once

#include <ATen/core/Generator.h>
#include <c10/core/Device.h>
#include <c10/core/GradMode.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace cfo::tensors {

/// One intra-op thread for ATen, OpenMP and OpenBLAS in this process: CFO parallelises over utterances. Call first in
/// main.
void use_one_thread_per_task();

/// Lives through one computation on weights that are not trained: no autograd graph, and this thread of a pool keeps to
/// the one intra-op thread that `use_one_thread_per_task` asked for (OpenMP's setting is per thread).
class Inference {
 public:
  Inference();
  Inference(const Inference&) = delete;
  Inference& operator=(const Inference&) = delete;

 private:
  c10::AutoGradMode no_grad_;
};

/// "" when `device` is "cpu", "cuda" or "cuda:N", else a sentence that says so.
std::string why_no_device(std::string_view device);

/// "" when this libtorch and this machine have the device, else a sentence on what is missing and what to do. Throws
/// Error when it is no device at all.
std::string why_unusable(std::string_view device);

/// "cpu", "cuda" or "cuda:1". Throws Error for other text, or when this libtorch or machine has no such device.
c10::Device parse_device(std::string_view text);

/// A random stream of its own on the CPU; the same seed gives the same numbers whatever other threads draw.
at::Generator random_stream(uint64_t seed);

/// 64-bit seed from (graph seed, unit, item), by FNV-1a and a splitmix finaliser.
uint64_t seed_from(uint64_t graph_seed, std::string_view unit, std::string_view item);

}  // namespace cfo::tensors
