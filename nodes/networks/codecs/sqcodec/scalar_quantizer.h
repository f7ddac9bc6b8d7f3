// Scalar quantizers over latents [B, D, F]: every number is rounded by itself.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cfo::codecs {

/// Rounds numbers of [-1, 1] to n-ths, halves to even (SQ-Codec; yangdongchao/SimpleSpeech, ldm/models/scalar16k.py,
/// round_func9): a code is the numerator, one of the 2 n + 1 integers -n .. n.
///
///     ScalarQuantizer(9).encode(at::full({1, 1, 1}, 0.5))  // 4: 4.5 is rounded to even
class ScalarQuantizer {
 public:
  /// Throws Error for `steps` (n) below 1.
  explicit ScalarQuantizer(int64_t steps);

  /// latent [B, D, F] in [-1, 1] -> codes int64 [B, D, F].
  at::Tensor encode(const at::Tensor& latent) const;
  /// codes int64 [B, D, F] -> float32 [B, D, F]. Throws Error for codes out of range.
  at::Tensor decode(const at::Tensor& codes) const;
  /// Number of different codes, 2 n + 1.
  int64_t size() const { return 2 * steps_ + 1; }

 private:
  int64_t steps_;
};

}  // namespace cfo::codecs
