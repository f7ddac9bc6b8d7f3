#include "nodes/networks/codecs/hilcodec/dft_kernel.h"

#include <numbers>

namespace cfo::codecs {

at::Tensor float32_dft_kernel(int64_t n_fft) {
  const auto step = static_cast<float>(-2.0 * std::numbers::pi / static_cast<double>(n_fft));
  const auto time = at::arange(n_fft, at::kFloat);
  const auto frequency = at::arange(n_fft / 2 + 1, at::kFloat).unsqueeze(1) * step;
  const auto angle = frequency * time;
  const auto window =
      0.5 - 0.5 * at::cos(at::arange(n_fft, at::kDouble) * (2.0 * std::numbers::pi / static_cast<double>(n_fft)));
  return (at::cat({angle.cos(), angle.sin()}) * window.to(at::kFloat)).unsqueeze(1);
}

}  // namespace cfo::codecs
