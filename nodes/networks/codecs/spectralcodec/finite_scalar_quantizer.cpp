#include "nodes/networks/codecs/spectralcodec/finite_scalar_quantizer.h"

#include <ATen/ATen.h>

#include "base/error.h"

namespace cfo::codecs {

FiniteScalarQuantizer::FiniteScalarQuantizer(int64_t groups, const std::vector<int64_t>& levels, double margin)
    : groups_(groups) {
  if (groups < 1 || levels.empty())
    throw Error("a finite scalar quantizer needs at least 1 group and 1 channel a group");
  std::vector<int64_t> places;
  for (const int64_t count : levels) {
    if (count < 2) throw Error("a finite scalar quantizer needs at least 2 levels a channel but got {}", count);
    places.push_back(size_);
    size_ *= count;
  }
  const auto channels = static_cast<int64_t>(levels.size());
  levels_ = at::tensor(levels).view({channels, 1});
  middles_ = at::floor_divide(levels_, 2);
  places_ = at::tensor(places).view({channels, 1});
  scale_ = (levels_ - 1).to(at::kFloat) / 2 * (1 - margin);
  offset_ = at::where(levels_ % 2 == 0, 0.5, 0.0).to(at::kFloat);
  shift_ = at::tan(offset_ / scale_);
}

at::Tensor FiniteScalarQuantizer::encode(const at::Tensor& latent) const {
  const auto device = latent.device();
  const auto grouped = latent.view({latent.size(0), groups_, levels_.size(0), latent.size(2)});
  auto digits =
      (grouped + shift_.to(device)).tanh_().mul_(scale_.to(device)).sub_(offset_.to(device)).round_().to(at::kLong);
  return digits.add_(middles_.to(device)).mul_(places_.to(device)).sum(2);
}

at::Tensor FiniteScalarQuantizer::decode(const at::Tensor& codes) const {
  if (codes.numel() > 0) {
    const auto [low, high] = at::aminmax(codes);
    if (low.item<int64_t>() < 0 || high.item<int64_t>() >= size_) {
      throw Error("a code lies outside 0..{}; the codes do not belong to this codec", size_ - 1);
    }
  }
  const auto device = codes.device();
  auto digits =
      at::floor_divide(codes.unsqueeze(2), places_.to(device)).remainder_(levels_.to(device)).sub_(middles_.to(device));
  return digits.to(at::kFloat).div_(middles_.to(device)).flatten(1, 2);
}

}  // namespace cfo::codecs
