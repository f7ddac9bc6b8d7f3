// Finite scalar quantization: a few numbers, each rounded to a few levels, are one code.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace cfo::codecs {

/// Each of G groups of D channels is bounded, rounded (halves to even) and numbered (Mentzer et al. 2023, "Finite
/// scalar quantization: VQ-VAE made simple"; NVIDIA/NeMo, collections/tts/modules/audio_codec_modules.py,
/// GroupFiniteScalarQuantizer). Channel d of a group has levels[d] levels, which decode to steps of 1 / (levels[d] / 2)
/// around 0; its digit counts product(levels[0 .. d-1]) in the code.
///
///     FiniteScalarQuantizer one(1, {8, 5}, 1e-3);  // codes 0 .. 39; zeros are (0 + 4) + (0 + 2) * 8 = 20
class FiniteScalarQuantizer {
 public:
  /// `margin`: how far the bound stays below the outermost rounding border, as a share. Throws Error for no group, no
  /// levels, and levels below 2.
  FiniteScalarQuantizer(int64_t groups, const std::vector<int64_t>& levels, double margin);

  /// latent [B, G * D, F] -> codes int64 [B, G, F].
  at::Tensor encode(const at::Tensor& latent) const;
  /// codes int64 [B, G, F] -> float32 [B, G * D, F] in [-1, 1]. Throws Error for codes out of range.
  at::Tensor decode(const at::Tensor& codes) const;
  /// Number of different codes of a group.
  int64_t size() const { return size_; }

 private:
  int64_t groups_;
  int64_t size_ = 1;
  at::Tensor levels_, middles_, places_;  ///< int64 [D, 1]: levels, levels / 2, what a digit counts
  at::Tensor scale_, offset_, shift_;     ///< float32 [D, 1]: scale tanh(x + shift) - offset
};

}  // namespace cfo::codecs
