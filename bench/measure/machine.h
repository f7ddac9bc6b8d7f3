// The machine a figure was measured on, and its measured limit.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <string>

namespace cfo::bench {

struct Machine {
  std::string processor;     ///< "AMD EPYC", as /proc/cpuinfo names it
  int cores = 1;             ///< that this process may use
  std::string libtorch;      ///< "1.13.0"
  std::string instructions;  ///< "AVX2": what libtorch's own loops use
};

Machine describe_machine();

/// Matrix-multiply peak: float32 at::mm of square matrices.
struct Peak {
  double gflops = 0;  ///< the best over the sizes; all threads together
  int64_t size = 0;   ///< matrix size that gave it
  int threads = 1;
};

/// Measures for sizes 1024, 1536 and 2048, `seconds` each; `threads` multiply side by side, each with one intra-op
/// thread (as CFO works on the CPU). The best round counts.
Peak measure_peak(int threads, double seconds = 0.5, c10::Device device = c10::kCPU);

}  // namespace cfo::bench
