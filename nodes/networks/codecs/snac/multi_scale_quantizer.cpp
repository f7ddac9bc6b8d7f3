#include "nodes/networks/codecs/snac/multi_scale_quantizer.h"

#include "base/error.h"

namespace cfo::codecs {
namespace {

/// frames [B, F, D] -> the same numbers as [B, F / stride, stride, D].
at::Tensor spans(const at::Tensor& frames, int64_t stride) {
  return frames.view({frames.size(0), frames.size(1) / stride, stride, frames.size(2)});
}

}  // namespace

MultiScaleVq::MultiScaleVq(std::vector<std::shared_ptr<const layers::Codebook>> codebooks,
                           std::vector<int64_t> strides) {
  if (codebooks.empty() || codebooks.size() != strides.size()) {
    throw Error("a quantizer of several frame rates needs one stride a codebook, but got {} for {}", strides.size(),
                codebooks.size());
  }
  for (std::size_t i = 0; i < codebooks.size(); ++i) levels_.push_back({std::move(codebooks[i]), strides[i]});
}

std::vector<at::Tensor> MultiScaleVq::encode(const at::Tensor& latent) const {
  const int64_t batch = latent.size(0), dimension = latent.size(1), frames = latent.size(2);
  const auto residual = latent.transpose(1, 2).clone(at::MemoryFormat::Contiguous);
  std::vector<at::Tensor> streams;
  for (const auto& level : levels_) {
    if (frames % level.stride != 0)
      throw Error("{} frames are not whole spans of {}; the latent needs padding", frames, level.stride);
    const auto parts = spans(residual, level.stride);
    const auto codes = level.codebook->search(parts.mean(2).view({-1, dimension}));
    parts.sub_(level.codebook->look_up(codes).view({batch, -1, 1, dimension}));
    streams.push_back(codes.view({batch, 1, -1}));
  }
  return streams;
}

at::Tensor MultiScaleVq::decode(const std::vector<at::Tensor>& streams) const {
  const int64_t batch = streams.front().size(0), frames = streams.front().size(2) * levels_.front().stride;
  const int64_t dimension = levels_.front().codebook->dimension();
  const auto sum = at::zeros({batch, frames, dimension}, streams.front().options().dtype(at::kFloat));
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    const auto& [codebook, stride] = levels_[i];
    const auto& codes = streams.at(i);
    if (codes.size(1) != 1 || codes.size(2) * stride != frames) {
      throw Error("stream {} holds {} codes a frame and {} frames, but 1 and {} belong to {} frames of the latent", i,
                  codes.size(1), codes.size(2), frames / stride, frames);
    }
    layers::check_range(codes, *codebook);
    spans(sum, stride).add_(codebook->look_up(codes.reshape({-1})).view({batch, -1, 1, dimension}));
  }
  return sum.transpose(1, 2).contiguous();
}

std::vector<int64_t> MultiScaleVq::codebook_sizes() const {
  std::vector<int64_t> sizes;
  for (const auto& level : levels_) sizes.push_back(level.codebook->size());
  return sizes;
}

}  // namespace cfo::codecs
