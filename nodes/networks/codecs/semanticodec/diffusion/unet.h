// The U-Net of latent diffusion (Rombach et al. 2022; CompVis/latent-diffusion,
// ldm/modules/diffusionmodules/openaimodel.py), with the second transformer of AudioLDM 2 (Liu et al. 2024;
// haoheliu/SemantiCodec-inference, modules/decoder/latent_diffusion/modules/diffusionmodules/openaimodel.py).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "nodes/networks/layers/basic/conv2d.h"
#include "nodes/networks/codecs/semanticodec/diffusion/residual2d.h"
#include "nodes/networks/codecs/semanticodec/diffusion/spatial_transformer.h"
#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

struct UnetOptions {
  int64_t in = 8;
  int64_t out = 8;
  int64_t width = 64;                      ///< channels before the first level, a multiple of 32
  std::vector<int64_t> multipliers;        ///< channels of each level, in widths; the image is halved between levels
  int64_t residuals = 2;                   ///< residual blocks a level on the way down; one more on the way up
  std::vector<int64_t> attention_strides;  ///< levels whose image is this many times smaller have transformers
  int64_t head_size = 32;
  int64_t depth = 1;                 ///< layers of a transformer
  int64_t context = 1728;            ///< channels of the context
  bool extra_self_attention = true;  ///< a transformer without context before each one with
};

/// A residual block and the transformers behind it.
class UnetBlock {
 public:
  /// `stride`: how many times smaller than the input the image is here.
  UnetBlock(const tensors::WeightScope& scope, int64_t in, int64_t out, int64_t stride, const UnetOptions& options);
  std::vector<AttentionMemory> remember(const at::Tensor& context) const;
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& embedding,
                        const std::vector<AttentionMemory>& memories) const;
  /// Layers, as the checkpoint counts them.
  int64_t size() const { return 1 + static_cast<int64_t>(transformers_.size()); }

 private:
  Residual2d residual_;
  std::vector<SpatialTransformer> transformers_;
};

/// x [B, in, H, W] at a step of the diffusion -> [B, out, H, W]. H and W are multiples of 2 ^ (levels - 1).
///
///     const auto memory = unet.remember(context);   // [B, M, context], once for all steps
///     const auto v = unet(x, 981, memory);
class Unet {
 public:
  /// What the blocks keep of a context, in their order.
  using Memory = std::vector<std::vector<AttentionMemory>>;

  /// Takes time_embed, input_blocks, middle_block, output_blocks and out at `scope`.
  Unet(const tensors::WeightScope& scope, const UnetOptions& options);
  Memory remember(const at::Tensor& context) const;
  at::Tensor operator()(const at::Tensor& x, int64_t step, const Memory& memory) const;

  /// The parts that the call runs one after the other, for callers that need what lies between.
  struct Descent {
    at::Tensor bottom;                ///< what the middle block gives
    std::vector<at::Tensor> outputs;  ///< of the blocks on the way down
  };
  at::Tensor embed(int64_t step) const;  ///< [1, 4 width]
  Descent descend(const at::Tensor& x, const at::Tensor& embedding, const Memory& memory) const;
  at::Tensor ascend(Descent descent, const at::Tensor& embedding, const Memory& memory) const;

 private:
  struct Stage {
    std::optional<UnetBlock> block;
    std::optional<layers::Conv2d>
        conv;  ///< the first one or a downsampling one, or, behind a block, one after upsampling
  };
  std::vector<int64_t> build_down(const tensors::WeightScope& scope, const UnetOptions& options);
  void build_up(const tensors::WeightScope& scope, const UnetOptions& options, std::vector<int64_t> channels);
  int64_t width_;
  layers::Linear embed1_, embed2_;
  std::vector<Stage> down_, up_;
  std::optional<UnetBlock> middle_;
  std::optional<Residual2d> last_middle_;
  layers::GroupNorm out_norm_;
  layers::Conv2d out_conv_;
};

}  // namespace cfo::codecs
