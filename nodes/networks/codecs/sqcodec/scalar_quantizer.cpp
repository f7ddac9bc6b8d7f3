#include "nodes/networks/codecs/sqcodec/scalar_quantizer.h"

#include <ATen/ATen.h>

#include "base/error.h"

namespace cfo::codecs {

ScalarQuantizer::ScalarQuantizer(int64_t steps) : steps_(steps) {
  if (steps < 1) throw Error("a scalar quantizer needs at least 1 step between 0 and 1 but got {}", steps);
}

at::Tensor ScalarQuantizer::encode(const at::Tensor& latent) const { return (latent * steps_).round_().to(at::kLong); }

at::Tensor ScalarQuantizer::decode(const at::Tensor& codes) const {
  if (codes.numel() > 0) {
    const auto [low, high] = at::aminmax(codes);
    if (low.item<int64_t>() < -steps_ || high.item<int64_t>() > steps_) {
      throw Error("a code lies outside {}..{}; the codes do not belong to this codec", -steps_, steps_);
    }
  }
  return codes.to(at::kFloat).div_(steps_);
}

}  // namespace cfo::codecs
