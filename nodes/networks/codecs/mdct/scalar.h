// Finite scalar quantization: each number squeezed into a bounded interval and rounded there.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace cfo::codecs::mdct {

/// n quantizers side by side. Number i is bounded by tanh(x / bounds[i]) and rounded to one of levels[i] equal steps of
/// [-1, 1] (Mentzer et al. 2023, section 3.1, with steps that reach both ends); it is read back as values[i][index].
class ScalarQuantizer {
 public:
  /// levels: n numbers; bounds [n]; values [n, at least the most levels].
  ScalarQuantizer(const std::vector<int64_t>& levels, at::Tensor bounds, at::Tensor values);

  /// x [R, n] -> int64 [R, n].
  at::Tensor quantize(const at::Tensor& x) const;
  /// int64 [R, n] -> [R, n] of the type of `values`.
  at::Tensor dequantize(const at::Tensor& indices) const;
  int64_t size() const { return steps_.size(0); }

 private:
  at::Tensor steps_;    ///< [n] levels - 1
  at::Tensor bounds_;   ///< [n]
  at::Tensor values_;   ///< [n * most levels]
  at::Tensor offsets_;  ///< int64 [n] where the values of each begin
};

/// The bound and the values, one a level, with the least mean squared error on `samples` [N] float32.
struct ScalarFit {
  double bound = 1;
  at::Tensor values;  ///< [levels] float32
};
ScalarFit fit_scalar(const at::Tensor& samples, int64_t levels);

}  // namespace cfo::codecs::mdct
