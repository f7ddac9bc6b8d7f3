// FastSpeech's feed-forward transformer: attention and then a convolution over time, both behind a norm.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nodes/networks/layers/basic/conv.h"
#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

struct ConvTransformerOptions {
  int64_t layers = 4;
  int64_t width = 256;
  int64_t heads = 4;
  int64_t inner = 1024;  ///< channels between the two halves of a feed-forward layer
  int64_t kernel = 5;    ///< of the first half, odd
};

/// x [B, F, width] -> [B, F, width]; every frame sees every frame (NaturalSpeech 3, Ju et al. 2024; open-mmlab/Amphion,
/// models/codec/ns3_codec/transformer.py, TransformerEncoder). The published code indexes its sinusoids by the
/// utterance's place in the batch, not by the frame: at batch 1 every frame gets those of position 0. So does every
/// utterance here, whatever the batch.
class ConvTransformer {
 public:
  /// Takes layers.<i>.{ln_1, self_attn, ln_2, ffn.ffn_1, ffn.ffn_2}, last_ln and, where it is stored, position_emb.pe
  /// [positions, 1, width] at `scope`. Throws Error where the heads do not divide the width.
  ConvTransformer(const tensors::WeightScope& scope, const ConvTransformerOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  struct Layer {
    layers::LayerNorm norm1;
    at::Tensor in_weight, in_bias;  ///< [3 width, width], [3 width]: query, key, value
    layers::Linear out;
    layers::LayerNorm norm2;
    layers::Conv1d wide;
    layers::Linear narrow;
  };
  at::Tensor attention(const Layer& layer, const at::Tensor& x) const;
  int64_t heads_;
  at::Tensor position_;  ///< [width]
  std::vector<Layer> layers_;
  layers::LayerNorm last_;
};

}  // namespace cfo::codecs
