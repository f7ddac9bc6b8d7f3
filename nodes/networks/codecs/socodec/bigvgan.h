// BigVGAN's generator.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nodes/networks/layers/backbones/hifigan.h"
#include "nodes/networks/layers/basic/anti_aliased.h"
#include "nodes/networks/layers/basic/conv.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Adds conv(activation(x)) to x for each dilation (BigVGAN's AMPBlock2); x [B, channels, T].
class BigVganResidual {
 public:
  BigVganResidual(const tensors::WeightScope& scope, int64_t channels, int64_t kernel,
                  const std::vector<int64_t>& dilations);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  std::vector<layers::AntiAliasedSnake> activations_;
  std::vector<layers::Conv1d> convs_;
};

/// HiFi-GAN's shape with anti-aliased periodic activations, none before the upsamplings (Lee et al. 2023, "BigVGAN: A
/// Universal Neural Vocoder with Large-Scale Training"; as in hhguo/SoCodec, socodec/networks/vocoder/bigvgan/model.py,
/// BigVGANGenerator with AMPBlock2 and a last tanh). mel [B, latent, F] -> wave [B, 1, F * product of strides] in [-1,
/// 1].
class BigVgan {
 public:
  /// Takes conv_pre, ups.<i>.0, resblocks.<i>, activation_post and conv_post at `scope`.
  BigVgan(const tensors::WeightScope& scope, const layers::HifiGanOptions& options);
  at::Tensor operator()(const at::Tensor& mel) const;

 private:
  struct Stage {
    layers::ConvTranspose1d up;
    std::vector<BigVganResidual> residuals;
  };
  layers::Conv1d first_;
  std::vector<Stage> stages_;
  layers::AntiAliasedSnake last_activation_;
  layers::Conv1d last_;
};

}  // namespace cfo::codecs
