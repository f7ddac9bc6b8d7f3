// Nearest-neighbour upsampling of images.
#pragma once

#include <ATen/core/Tensor.h>

namespace cfo::codecs {

/// Every pixel of x [B, C, H, W] four times: [B, C, 2 H, 2 W].
at::Tensor doubled(const at::Tensor& x);

}  // namespace cfo::codecs
