// A residual quantizer whose codebooks work at different frame rates.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "nodes/networks/layers/quantizers/residual_quantizer.h"

namespace cfo::codecs {

/// Codebook i sees every strides[i] frames of what the ones before it left as one, their mean (Siuzdak et al. 2024,
/// "SNAC"; hubertsiuzdak/snac, snac/vq.py, ResidualVectorQuantize).
class MultiScaleVq {
 public:
  /// One stride a codebook; all codebooks of one dimension D.
  MultiScaleVq(std::vector<std::shared_ptr<const layers::Codebook>> codebooks, std::vector<int64_t> strides);

  /// latent [B, D, F] -> codes int64 [B, 1, F / strides[i]] of each codebook. Throws Error where a stride does not
  /// divide F.
  std::vector<at::Tensor> encode(const at::Tensor& latent) const;
  /// As many streams as codebooks, shaped as `encode` gives them -> [B, D, F]. Throws Error for other lengths and for
  /// codes out of range.
  at::Tensor decode(const std::vector<at::Tensor>& streams) const;
  /// The number of codes of each codebook.
  std::vector<int64_t> codebook_sizes() const;

 private:
  struct Level {
    std::shared_ptr<const layers::Codebook> codebook;
    int64_t stride;
  };
  std::vector<Level> levels_;
};

}  // namespace cfo::codecs
