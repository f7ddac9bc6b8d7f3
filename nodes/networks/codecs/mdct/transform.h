// The modified discrete cosine transform (Princen, Johnson, Bradley 1987) with perfect reconstruction.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>

#include "nodes/networks/codecs/mdct/numbers.h"

namespace cfo::codecs::mdct {

/// An orthonormal MDCT of `frame` coefficients under a window of 2 * frame samples.
class Transform {
 public:
  Transform(int64_t frame, Window window, c10::Device device = c10::Device(c10::kCPU));

  /// wave [B, 1, T] float32 -> spectrum [B, frame, F], F = ceil(T / frame) + 1: a frame of zeros goes before the wave,
  /// and zeros after it.
  at::Tensor analyse(const at::Tensor& wave) const;
  /// Windows of 2 * frame samples [R, 2 * frame] -> spectra [R, frame].
  at::Tensor analyse_windows(const at::Tensor& windows) const;
  /// The inverse of `analyse`: spectrum [B, frame, F] -> wave [B, 1, samples], samples at most (F - 1) * frame.
  at::Tensor synthesise(const at::Tensor& spectrum, int64_t samples) const;

 private:
  int64_t frame_;
  at::Tensor basis_;  ///< [2 * frame, frame], windowed cosines
};

}  // namespace cfo::codecs::mdct
