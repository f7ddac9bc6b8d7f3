// Residual quantizers side by side.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nodes/networks/layers/quantizers/residual_quantizer.h"

namespace cfo::codecs {

/// Each of G residual quantizers of L codebooks codes its own share of the latent's channels (HiFi-Codec's group
/// residual VQ; with L = 1 a product quantizer). Codes are ordered by residual layer, then by group.
class GroupedResidualVq {
 public:
  /// All groups have the same number of codebooks and channels.
  explicit GroupedResidualVq(std::vector<layers::ResidualVq> groups) : groups_(std::move(groups)) {}

  /// latent [B, D, F], D a multiple of G -> codes int64 [B, L * G, F].
  at::Tensor encode(const at::Tensor& latent) const;
  /// codes int64 [B, L * G, F] -> [B, D, F]. Throws Error for codes out of range.
  at::Tensor decode(const at::Tensor& codes) const;

 private:
  std::vector<layers::ResidualVq> groups_;
};

}  // namespace cfo::codecs
