#include "nodes/networks/codecs/socodec/product_quantizer.h"

#include <fmt/ranges.h>

#include "base/error.h"

namespace cfo::codecs {

ProductVq::ProductVq(std::vector<layers::EuclideanCodebook> heads, int64_t groups)
    : heads_(std::move(heads)), groups_(groups) {
  if (heads_.empty() || groups_ < 1 || static_cast<int64_t>(heads_.size()) % groups_ != 0) {
    throw Error(
        "a product quantizer of {} groups cannot share {} heads evenly; check the card's 'codebooks' and head sizes",
        groups_, heads_.size());
  }
}

at::Tensor ProductVq::encode(const at::Tensor& latent) const {
  const auto frames = latent.transpose(1, 2).reshape({-1, latent.size(1)});
  std::vector<at::Tensor> codes;
  int64_t channel = 0, digit = 1;
  for (std::size_t h = 0; h < heads_.size(); ++h) {
    const auto found = heads_[h].search(frames.narrow(1, channel, heads_[h].dimension()));
    channel += heads_[h].dimension();
    if (static_cast<int64_t>(h) % heads_a_group() == 0) {
      codes.push_back(found);
      digit = 1;
    } else {
      codes.back().add_(found, digit);
    }
    digit *= heads_[h].size();
  }
  return at::stack(codes).view({groups_, latent.size(0), latent.size(2)}).transpose(0, 1).contiguous();
}

at::Tensor ProductVq::decode(const at::Tensor& codes) const {
  check(codes);
  const int64_t count = codes.size(0) * codes.size(2), known = codes.size(1) * heads_a_group();
  std::vector<at::Tensor> parts;
  at::Tensor digits;
  for (std::size_t h = 0; h < heads_.size(); ++h) {
    const auto& head = heads_[h];
    const auto place = static_cast<int64_t>(h);
    if (place >= known) {
      parts.push_back(at::zeros({count, head.dimension()}, codes.options().dtype(at::kFloat)));
      continue;
    }
    if (place % heads_a_group() == 0) digits = codes.select(1, place / heads_a_group()).reshape({-1});
    parts.push_back(head.look_up(digits.remainder(head.size())));
    digits = at::div(digits, head.size(), "floor");
  }
  return at::cat(parts, 1).view({codes.size(0), codes.size(2), -1}).transpose(1, 2);
}

void ProductVq::check(const at::Tensor& codes) const {
  if (codes.dim() != 3 || codes.scalar_type() != at::kLong || codes.size(1) < 1 || codes.size(1) > groups_) {
    throw Error("the quantizer takes int64 codes [B, K, F] of 1 to {} codebooks, but got {} [{}]", groups_,
                c10::toString(codes.scalar_type()), fmt::join(codes.sizes(), ", "));
  }
  if (codes.numel() == 0) return;
  for (int64_t g = 0; g < codes.size(1); ++g) {
    int64_t size = 1;
    for (int64_t h = 0; h < heads_a_group(); ++h)
      size *= heads_[static_cast<std::size_t>(g * heads_a_group() + h)].size();
    const auto [low, high] = at::aminmax(codes.select(1, g));
    if (low.item<int64_t>() < 0 || high.item<int64_t>() >= size) {
      throw Error("a code lies outside 0..{}; the codes do not belong to this codec", size - 1);
    }
  }
}

}  // namespace cfo::codecs
