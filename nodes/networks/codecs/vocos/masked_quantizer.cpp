#include "nodes/networks/codecs/vocos/masked_quantizer.h"

namespace cfo::codecs {

MaskedResidualVq::MaskedResidualVq(std::vector<std::shared_ptr<const layers::Codebook>> codebooks, int64_t masked)
    : side_by_side_(codebooks.begin(), codebooks.begin() + masked), all_(codebooks) {
  const std::vector<std::shared_ptr<const layers::Codebook>> others(codebooks.begin() + masked, codebooks.end());
  if (!others.empty()) rest_.emplace_back(others);
}

at::Tensor MaskedResidualVq::encode(const at::Tensor& latent) const {
  const int64_t batch = latent.size(0), dimension = latent.size(1), frames = latent.size(2);
  const auto masked = static_cast<int64_t>(side_by_side_.size());
  const auto rows = latent.transpose(1, 2).reshape({batch * frames, dimension});
  auto residual = rows.clone();
  std::vector<at::Tensor> codes;
  for (int64_t i = 0; i < masked; ++i) {
    const int64_t from = i * dimension / masked, to = (i + 1) * dimension / masked;
    auto share = at::zeros_like(rows);
    share.narrow(1, from, to - from).copy_(rows.narrow(1, from, to - from));
    const auto found = side_by_side_[static_cast<std::size_t>(i)]->search(share);
    residual -= side_by_side_[static_cast<std::size_t>(i)]->look_up(found);
    codes.push_back(found.view({batch, 1, frames}));
  }
  if (!rest_.empty()) codes.push_back(rest_.front().encode(residual.view({batch, frames, dimension}).transpose(1, 2)));
  return at::cat(codes, 1);
}

}  // namespace cfo::codecs
