// Codebooks side by side, several of which make one code.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nodes/networks/layers/quantizers/residual_quantizer.h"

namespace cfo::codecs {

/// Each codebook ("head") codes its own channels of the latent; the codes of a group's heads are the digits of one
/// number, the first head's the lowest (Guo et al. 2024, "SoCodec"; hhguo/SoCodec,
/// socodec/networks/vqvae/vector_quantization.py, MultiHeadEuclideanCodebook). The groups are ordered: the first ones
/// alone say most, and what is left out decodes to zeros.
class ProductVq {
 public:
  /// Throws Error where the groups do not share the heads evenly.
  ProductVq(std::vector<layers::EuclideanCodebook> heads, int64_t groups);

  /// latent [B, D, F], D the sum of the heads' dimensions -> codes int64 [B, groups, F].
  at::Tensor encode(const at::Tensor& latent) const;
  /// codes int64 [B, K, F], K at most the groups -> [B, D, F]. Throws Error for codes out of range or too many.
  at::Tensor decode(const at::Tensor& codes) const;

 private:
  int64_t heads_a_group() const { return static_cast<int64_t>(heads_.size()) / groups_; }
  void check(const at::Tensor& codes) const;
  std::vector<layers::EuclideanCodebook> heads_;
  int64_t groups_;
};

}  // namespace cfo::codecs
