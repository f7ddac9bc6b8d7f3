// The numbers of a self-supervised speech encoder inside a codec.
#pragma once

#include "nodes/networks/codecs/config.h"
#include "nodes/networks/layers/ssl/ssl_encoder.h"

namespace cfo::codecs {

/// From a card's section with conv_widths, conv_kernels, conv_strides, conv_bias, conv_norm ("first": over time after
/// the first convolution only; "every": over the channels after each), position_kernel, position_groups, width, layers,
/// heads, feed_forward, norm_first and, where it is true, normalise. Throws Error for a missing or mistyped one.
layers::SslOptions ssl_options(const Config& config);

}  // namespace cfo::codecs
