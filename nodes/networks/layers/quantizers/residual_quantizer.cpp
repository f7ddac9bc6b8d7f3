#include "nodes/networks/layers/quantizers/residual_quantizer.h"

#include "base/error.h"

namespace cfo::layers {
namespace {

/// Rows of length 1, as torch.nn.functional.normalize does.
at::Tensor directions(const at::Tensor& x) {
  constexpr double least_norm = 1e-12;
  return x / x.norm(2, 1, /*keepdim=*/true).clamp_min(least_norm);
}

void check_codes(const at::Tensor& codes, int64_t codebooks) {
  if (codes.dim() != 3 || codes.scalar_type() != at::kLong || codes.size(1) < 1 || codes.size(1) > codebooks) {
    throw Error("the quantizer takes int64 codes [B, K, F] of 1 to {} codebooks, but got {} {}", codebooks,
                c10::toString(codes.scalar_type()), fmt::format("[{}]", fmt::join(codes.sizes(), ", ")));
  }
}

}  // namespace

void check_range(const at::Tensor& codes, const Codebook& codebook) {
  if (codes.numel() == 0) return;
  const auto [low, high] = at::aminmax(codes);
  if (low.item<int64_t>() < 0 || high.item<int64_t>() >= codebook.size()) {
    throw Error("a code lies outside 0..{}; the codes do not belong to this codec", codebook.size() - 1);
  }
}

EuclideanCodebook::EuclideanCodebook(at::Tensor rows)
    : rows_(std::move(rows)),
      minus_two_rows_transposed_(rows_.t().mul(-2).contiguous()),
      squared_norms_(rows_.square().sum(1)) {}

at::Tensor EuclideanCodebook::search(const at::Tensor& x) const {
  return at::addmm(squared_norms_, x, minus_two_rows_transposed_).argmin(1);
}

at::Tensor EuclideanCodebook::look_up(const at::Tensor& codes) const { return rows_.index_select(0, codes); }

FactorisedCodebook::FactorisedCodebook(const tensors::WeightScope& scope, int64_t dimension, int64_t inner,
                                       int64_t size, std::string_view rows)
    : into_(scope / "in_proj", {.in = dimension, .out = inner}),
      out_of_(scope / "out_proj", {.in = inner, .out = dimension}),
      rows_((scope / rows).take("weight", {size, inner})),
      directions_(directions(rows_)) {}

at::Tensor FactorisedCodebook::search(const at::Tensor& x) const { return directions_.search(directions(into_(x))); }

at::Tensor FactorisedCodebook::look_up(const at::Tensor& codes) const { return out_of_(rows_.index_select(0, codes)); }

ResidualVq::ResidualVq(std::vector<std::shared_ptr<const Codebook>> codebooks) : codebooks_(std::move(codebooks)) {
  if (codebooks_.empty()) throw Error("a residual quantizer needs at least one codebook; check the card's 'codebooks'");
}

at::Tensor ResidualVq::encode(const at::Tensor& latent) const {
  const int64_t batch = latent.size(0), frames = latent.size(2);
  auto residual = latent.transpose(1, 2).reshape({batch * frames, latent.size(1)}).clone(at::MemoryFormat::Contiguous);
  std::vector<at::Tensor> codes;
  for (const auto& codebook : codebooks_) {
    codes.push_back(codebook->search(residual));
    residual -= codebook->look_up(codes.back());
  }
  return at::stack(codes).view({size(), batch, frames}).transpose(0, 1).contiguous();
}

at::Tensor ResidualVq::decode(const at::Tensor& codes) const {
  check_codes(codes, size());
  const int64_t batch = codes.size(0), frames = codes.size(2), dimension = codebooks_.front()->dimension();
  auto sum = at::zeros({batch * frames, dimension}, codes.options().dtype(at::kFloat));
  for (int64_t k = 0; k < codes.size(1); ++k) {
    const auto& codebook = *codebooks_[static_cast<std::size_t>(k)];
    const auto chosen = codes.select(1, k).reshape({-1});
    check_range(chosen, codebook);
    sum += codebook.look_up(chosen);
  }
  return sum.view({batch, frames, dimension}).transpose(1, 2).contiguous();
}

}  // namespace cfo::layers
