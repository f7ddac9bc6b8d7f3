// Residual quantizers side by side: each codes the same latent through its own projection, and their results are added.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nodes/networks/layers/basic/conv.h"
#include "nodes/networks/layers/quantizers/residual_quantizer.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Codebook rows [size, dimension] from the running statistics of their training: `embedding_sum` [size, dimension] by
/// `cluster_usage` [size] (kyutai-labs/moshi, quantization/core_vq.py, EuclideanCodebook).
layers::EuclideanCodebook averaged_codebook(const tensors::WeightScope& scope, int64_t size, int64_t dimension);

struct ProjectedRvqOptions {
  int64_t channels = 512;   ///< of the latent
  int64_t dimension = 256;  ///< of the codebooks
  int64_t codebooks = 1;
  int64_t codebook_size = 2048;
};

/// A residual quantizer between two projections without bias.
class ProjectedRvq {
 public:
  /// Takes `input_proj` and `output_proj` (convolutions of kernel 1) and vq.layers.<i>._codebook at `scope`.
  ProjectedRvq(const tensors::WeightScope& scope, const ProjectedRvqOptions& options);
  /// latent [B, channels, F] -> codes int64 [B, codebooks, F].
  at::Tensor encode(const at::Tensor& latent) const;
  /// codes int64 [B, K, F], K at most size() -> [B, channels, F].
  at::Tensor decode(const at::Tensor& codes) const;
  int64_t size() const { return quantizer_.size(); }

 private:
  layers::Conv1d into_;
  layers::ResidualVq quantizer_;
  layers::Conv1d out_of_;
};

/// Several of them on one latent (kyutai-labs/moshi, quantization/vq.py, SplitResidualVectorQuantizer): none sees what
/// the others left.
class SplitVq {
 public:
  explicit SplitVq(std::vector<ProjectedRvq> parts);
  /// latent [B, channels, F] -> codes int64 [B, K, F]: those of the first part, then of the next.
  at::Tensor encode(const at::Tensor& latent) const;
  /// codes int64 [B, K, F], K at most the parts' sum -> [B, channels, F]. Throws Error for codes out of range or too
  /// many.
  at::Tensor decode(const at::Tensor& codes) const;

 private:
  std::vector<ProjectedRvq> parts_;
  int64_t size_ = 0;
};

}  // namespace cfo::codecs
