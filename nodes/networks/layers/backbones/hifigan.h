// HiFi-GAN's generator (Kong et al. 2020; jik876/hifi-gan, models.py) and the encoder that HiFi-Codec mirrors from it
// (yangdongchao/AcademiCodec, academicodec/models/hificodec/models.py).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nodes/networks/layers/basic/conv.h"
#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::layers {

struct HifiGanOptions {
  int64_t latent = 512;
  int64_t width = 512;           ///< channels at the latent's end; halved at each upsampling
  std::vector<int64_t> strides;  ///< in the generator's order; the encoder runs them backwards
  std::vector<int64_t> kernels;  ///< of the strided convolutions, likewise
  std::vector<int64_t> residual_kernels = {3, 7, 11};
  std::vector<int64_t> dilations = {1, 3, 5};  ///< of every residual block
  double last_slope = 0.1;                     ///< of the generator's last leaky ReLU for negative input
};

/// Adds conv(leaky(dilated conv(leaky(x)))) to x for each dilation (HiFi-GAN's ResBlock1); x [B, channels, T].
class HifiGanResidual {
 public:
  HifiGanResidual(const tensors::WeightScope& scope, int64_t channels, int64_t kernel,
                  const std::vector<int64_t>& dilations);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  std::vector<Conv1d> dilated_, plain_;
};

/// wave [B, 1, T] -> [B, latent, T / hop], rounded down. Each stage's residual blocks are summed under group norms,
/// over the whole utterance.
class HifiGanEncoder {
 public:
  HifiGanEncoder(const tensors::WeightScope& scope, const HifiGanOptions& options);
  at::Tensor operator()(const at::Tensor& wave) const;

  /// The parts that the call runs one after the other, for callers that need what lies between.
  at::Tensor begin(const at::Tensor& wave) const { return first_(wave); }
  at::Tensor stage(std::size_t index, const at::Tensor& x) const;
  at::Tensor end(const at::Tensor& x) const;
  std::size_t stages() const { return stages_.size(); }

 private:
  struct Stage {
    Conv1d down;
    std::vector<HifiGanResidual> residuals;
    std::vector<GroupNorm> norms;
  };
  Conv1d first_, last_;
  std::vector<Stage> stages_;
};

/// [B, latent, F] -> wave [B, 1, F * hop] in [-1, 1].
class HifiGanGenerator {
 public:
  HifiGanGenerator(const tensors::WeightScope& scope, const HifiGanOptions& options);
  at::Tensor operator()(const at::Tensor& latent) const;

  /// As in HifiGanEncoder.
  at::Tensor begin(const at::Tensor& latent) const { return first_(latent); }
  at::Tensor stage(std::size_t index, const at::Tensor& x) const;
  at::Tensor end(const at::Tensor& x) const;
  std::size_t stages() const { return stages_.size(); }

 private:
  struct Stage {
    ConvTranspose1d up;
    std::vector<HifiGanResidual> residuals;
  };
  Conv1d first_, last_;
  std::vector<Stage> stages_;
  double last_slope_;
};

}  // namespace cfo::layers
