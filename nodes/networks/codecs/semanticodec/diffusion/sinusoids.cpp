#include "nodes/networks/codecs/semanticodec/diffusion/sinusoids.h"

#include <cmath>

namespace cfo::codecs {

at::Tensor sinusoids(int64_t count, int64_t channels) {
  constexpr double longest_period = 10000;
  const auto frequencies =
      at::arange(0, channels, 2, at::kFloat).mul_(-std::log(longest_period) / static_cast<double>(channels)).exp_();
  const auto angles = at::arange(count, at::kFloat).unsqueeze(1) * frequencies;
  return at::stack({angles.sin(), angles.cos()}, -1).view({count, channels});
}

}  // namespace cfo::codecs
