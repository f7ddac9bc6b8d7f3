// Mixed precision on a GPU: matrix products and convolutions in bfloat16, everything that sums up in float32 (ATen's
// autocast).
#pragma once

#include <c10/core/Device.h>

namespace cfo::tensors {

/// Lives through one forward pass. Weights and their gradients stay float32; bfloat16 has float32's range, so no loss
/// is scaled.
class MixedPrecision {
 public:
  explicit MixedPrecision(bool wanted);
  ~MixedPrecision();
  MixedPrecision(const MixedPrecision&) = delete;
  MixedPrecision& operator=(const MixedPrecision&) = delete;

  static bool active();

 private:
  bool wanted_, before_ = false, cached_before_ = false;
};

/// Throws Error, saying what to do, where `device` has no mixed precision.
void check_mixed_precision(c10::Device device);

}  // namespace cfo::tensors
