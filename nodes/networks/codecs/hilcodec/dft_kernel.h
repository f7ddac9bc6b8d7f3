// Short-time spectra.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cfo::codecs {

/// DFT kernels under a periodic Hann window as a convolution weight [2 (n_fft / 2 + 1), 1, n_fft]: first all cosine
/// rows, then all sine rows, k = 0 .. n_fft / 2, no scaling. The angles are rounded to float32 before cos and sin, as
/// HILCodec's published buffers were made (aask1357/hilcodec, models/hilcodec/modules/seanet.py): they differ from an
/// exact DFT by up to 2e-4.
at::Tensor float32_dft_kernel(int64_t n_fft);

}  // namespace cfo::codecs
