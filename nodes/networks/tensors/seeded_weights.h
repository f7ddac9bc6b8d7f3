// Random weights that anyone can repeat from their seed: for golden records and for benchmarks of networks whose weights are not
// here.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace cfo::tensors {

/// float32 tensor [shape] on the CPU with values in [lo, hi) that depend on `name`, `seed` and the position alone: the
/// rule of the golden records (FNV-1a of the name XOR seed, one splitmix64 step an element, the upper 24 bits as a
/// fraction). Element 0.. of
/// ("a.weight", seed 11, lo -1, hi 1) are -0.19841588, 0.92324674, -0.99974644. Throws Error for a negative size in
/// `shape`.
at::Tensor seeded_tensor(std::string_view name, const std::vector<int64_t>& shape, double lo, double hi, uint64_t seed);

}  // namespace cfo::tensors
