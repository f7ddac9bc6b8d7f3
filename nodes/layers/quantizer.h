// Vector quantizers over latents [B, D, F].
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace cfo::layers {

/// A codebook searched by Euclidean distance (EnCodec kin: quantization/core_vq.py, EuclideanCodebook).
class EuclideanCodebook {
 public:
  /// `rows` [K, D] float32.
  explicit EuclideanCodebook(at::Tensor rows);

  /// x [N, D] -> int64 [N]: the nearest row of each, the first one on a tie. Distances in the expanded form |e|^2 - 2 x.e (|x|^2 does not
  /// change the order), so one matrix product searches everything.
  at::Tensor search(const at::Tensor& x) const;
  /// codes int64 [N] in [0, K) -> rows [N, D].
  at::Tensor look_up(const at::Tensor& codes) const;
  int64_t size() const { return rows_.size(0); }
  int64_t dimension() const { return rows_.size(1); }

 private:
  at::Tensor rows_;
  at::Tensor minus_two_rows_transposed_;  ///< [D, K]
  at::Tensor squared_norms_;              ///< [K]
};

/// Residual vector quantizer: each codebook codes what the ones before it left.
class ResidualVq {
 public:
  explicit ResidualVq(std::vector<EuclideanCodebook> codebooks);

  /// latent [B, D, F] -> codes int64 [B, K, F].
  at::Tensor encode(const at::Tensor& latent) const;
  /// codes int64 [B, K, F], K at most size() -> the sum of the rows in codebook order [B, D, F]. Throws Error for codes out of range.
  at::Tensor decode(const at::Tensor& codes) const;
  int64_t size() const { return static_cast<int64_t>(codebooks_.size()); }

 private:
  std::vector<EuclideanCodebook> codebooks_;
};

}  // namespace cfo::layers
