// The encoder of a masked autoencoder of spectrograms: a vision transformer over patches (Huang et al. 2022, "Masked
// autoencoders that listen"; facebookresearch/AudioMAE, models_mae.py; its blocks are huggingface/pytorch-image-models'
// Block).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nodes/networks/layers/attention/attention.h"
#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

struct AudioMaeOptions {
  int64_t frames = 1024;  ///< of a spectrogram
  int64_t bands = 128;
  int64_t patch = 16;  ///< frames and bands of a patch
  int64_t width = 768;
  int64_t depth = 12;
  int64_t heads = 12;
  int64_t inner = 3072;      ///< channels inside a block's feed-forward half
  int64_t first_output = 9;  ///< of the blocks from this one on the mean is given
};

/// x + attention(norm(x)), then x + W2 GELU(W1 norm(x)); x [B, N, width].
class VisionBlock {
 public:
  /// Takes norm1, attn.qkv, attn.proj, norm2, mlp.fc1 and mlp.fc2 at `scope`.
  VisionBlock(const tensors::WeightScope& scope, const AudioMaeOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  layers::LayerNorm attention_norm_;
  layers::SelfAttention attention_;
  layers::LayerNorm feed_forward_norm_;
  layers::Linear wide_, narrow_;
};

/// Spectrograms [B, frames, bands] -> [B, patches, width], patches ordered by time and then by frequency: the mean of
/// the last blocks' normed outputs (haoheliu/SemantiCodec-inference, modules/audiomae/models_mae.py,
/// forward_encoder_no_mask).
class AudioMae {
 public:
  /// Takes patch_embed.proj, cls_token, pos_embed [1, 1 + patches, width], blocks.<i> and norm at `scope`.
  AudioMae(const tensors::WeightScope& scope, const AudioMaeOptions& options);
  at::Tensor operator()(const at::Tensor& spectrograms) const;

 private:
  AudioMaeOptions options_;
  at::Tensor patch_weight_, patch_bias_;
  at::Tensor first_;      ///< [1, 1, width]: the token that stands for the whole
  at::Tensor positions_;  ///< [1, patches, width]
  std::vector<VisionBlock> blocks_;
  layers::LayerNorm norm_;
};

}  // namespace cfo::codecs
