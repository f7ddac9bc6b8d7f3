#include "nodes/networks/codecs/hificodec/grouped_quantizer.h"

namespace cfo::codecs {

at::Tensor GroupedResidualVq::encode(const at::Tensor& latent) const {
  const auto shares = latent.chunk(static_cast<int64_t>(groups_.size()), 1);
  std::vector<at::Tensor> codes;
  for (std::size_t g = 0; g < groups_.size(); ++g) codes.push_back(groups_[g].encode(shares[g]));
  return at::stack(codes, 2).flatten(1, 2);
}

at::Tensor GroupedResidualVq::decode(const at::Tensor& codes) const {
  const auto groups = static_cast<int64_t>(groups_.size());
  std::vector<at::Tensor> shares;
  for (int64_t g = 0; g < groups; ++g) {
    shares.push_back(groups_[static_cast<std::size_t>(g)].decode(codes.slice(1, g, c10::nullopt, groups)));
  }
  return at::cat(shares, 1);
}

}  // namespace cfo::codecs
