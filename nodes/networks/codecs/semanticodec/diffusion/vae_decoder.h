// The decoder of latent diffusion's autoencoder (Rombach et al. 2022; CompVis/latent-diffusion,
// ldm/modules/diffusionmodules/model.py, Decoder).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "nodes/networks/layers/basic/conv2d.h"
#include "nodes/networks/codecs/semanticodec/diffusion/residual2d.h"
#include "nodes/networks/layers/attention/position_net.h"
#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

struct VaeDecoderOptions {
  int64_t latent = 8;    ///< channels of the latent, and between its two first convolutions
  int64_t channels = 1;  ///< of the image
  int64_t width = 128;   ///< channels of the last level, a multiple of 32
  std::vector<int64_t>
      multipliers;  ///< channels of each level from the last one on, in widths; the image is doubled between levels
  int64_t residuals = 2;  ///< a level has one more
};

/// latent [B, latent, H, W] -> image [B, channels, H * 2 ^ (levels - 1), W * 2 ^ (levels - 1)].
class VaeDecoder {
 public:
  /// Takes post_quant_conv and decoder at `scope`.
  VaeDecoder(const tensors::WeightScope& scope, const VaeDecoderOptions& options);
  at::Tensor operator()(const at::Tensor& latent) const;

 private:
  struct Level {
    std::vector<Residual2d> residuals;
    std::optional<layers::Conv2d> conv;  ///< after doubling
  };
  layers::Conv2d before_, first_;
  Residual2d middle1_;
  layers::FrameAttention attention_;  ///< of every pixel
  Residual2d middle2_;
  std::vector<Level> levels_;  ///< in the order in which they run
  layers::GroupNorm last_norm_;
  layers::Conv2d last_;
};

}  // namespace cfo::codecs
