// A codebook searched by angle.
#pragma once

#include "nodes/networks/layers/quantizers/residual_quantizer.h"

namespace cfo::codecs {

/// The row of the largest cosine with x is chosen, and the row as it is (not normalised) goes out
/// (yangdongchao/LLM-Codec, codec/vq.py). x is not normalised for the search: its length does not change the order.
class CosineCodebook final : public layers::Codebook {
 public:
  /// `rows` [K, D] float32.
  explicit CosineCodebook(at::Tensor rows);

  at::Tensor search(const at::Tensor& x) const override;
  at::Tensor look_up(const at::Tensor& codes) const override;
  int64_t size() const override { return rows_.size(0); }
  int64_t dimension() const override { return rows_.size(1); }

 private:
  at::Tensor rows_;
  at::Tensor directions_;  ///< the rows at length 1
};

}  // namespace cfo::codecs
