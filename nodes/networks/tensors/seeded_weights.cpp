#include "nodes/networks/tensors/seeded_weights.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"

namespace cfo::tensors {
namespace {

constexpr uint64_t golden_ratio_step = 0x9E3779B97F4A7C15;

uint64_t fnv1a64(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325;
  for (const unsigned char byte : text) hash = (hash ^ byte) * 0x100000001B3;
  return hash;
}

uint64_t finalised(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

}  // namespace

at::Tensor seeded_tensor(std::string_view name, const std::vector<int64_t>& shape, double lo, double hi,
                         uint64_t seed) {
  if (std::any_of(shape.begin(), shape.end(), [](int64_t size) { return size < 0; })) {
    throw Error("tensor '{}' cannot have the shape [{}]; every size must be at least 0", name, fmt::join(shape, ", "));
  }
  const at::Tensor tensor = at::empty(shape, at::kFloat);
  float* const values = tensor.data_ptr<float>();
  uint64_t state = fnv1a64(name) ^ seed;
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    state += golden_ratio_step;
    const double fraction = static_cast<double>(finalised(state) >> 40) / static_cast<double>(1 << 24);
    values[i] = static_cast<float>(lo + (hi - lo) * fraction);
  }
  return tensor;
}

}  // namespace cfo::tensors
