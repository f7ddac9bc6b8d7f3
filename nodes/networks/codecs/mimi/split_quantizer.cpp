#include "nodes/networks/codecs/mimi/split_quantizer.h"

#include <algorithm>

#include "base/error.h"

namespace cfo::codecs {
namespace {

layers::ResidualVq codebooks(const tensors::WeightScope& scope, const ProjectedRvqOptions& options) {
  std::vector<layers::EuclideanCodebook> books;
  for (int64_t i = 0; i < options.codebooks; ++i) {
    books.push_back(averaged_codebook(scope / i / "_codebook", options.codebook_size, options.dimension));
  }
  return layers::ResidualVq(std::move(books));
}

}  // namespace

layers::EuclideanCodebook averaged_codebook(const tensors::WeightScope& scope, int64_t size, int64_t dimension) {
  constexpr double least_usage = 1e-5;  // core_vq.py, epsilon
  const auto usage = scope.take("cluster_usage", {size}).clamp_min(least_usage);
  return layers::EuclideanCodebook(scope.take("embedding_sum", {size, dimension}) / usage.unsqueeze(1));
}

ProjectedRvq::ProjectedRvq(const tensors::WeightScope& scope, const ProjectedRvqOptions& options)
    : into_(scope / "input_proj", {.in = options.channels, .out = options.dimension, .bias = false}),
      quantizer_(codebooks(scope / "vq.layers", options)),
      out_of_(scope / "output_proj", {.in = options.dimension, .out = options.channels, .bias = false}) {}

at::Tensor ProjectedRvq::encode(const at::Tensor& latent) const { return quantizer_.encode(into_(latent)); }

at::Tensor ProjectedRvq::decode(const at::Tensor& codes) const { return out_of_(quantizer_.decode(codes)); }

SplitVq::SplitVq(std::vector<ProjectedRvq> parts) : parts_(std::move(parts)) {
  if (parts_.empty()) throw Error("a split quantizer needs at least one part");
  for (const auto& part : parts_) size_ += part.size();
}

at::Tensor SplitVq::encode(const at::Tensor& latent) const {
  std::vector<at::Tensor> codes;
  for (const auto& part : parts_) codes.push_back(part.encode(latent));
  return at::cat(codes, 1);
}

at::Tensor SplitVq::decode(const at::Tensor& codes) const {
  if (codes.dim() != 3 || codes.size(1) > size_) {
    throw Error("the quantizer takes codes [B, K, F] of 1 to {} codebooks, but got {}", size_,
                fmt::format("[{}]", fmt::join(codes.sizes(), ", ")));
  }
  auto sum = parts_.front().decode(codes.slice(1, 0, parts_.front().size()));
  int64_t taken = parts_.front().size();
  for (auto part = parts_.begin() + 1; part != parts_.end() && taken < codes.size(1); ++part) {
    sum += part->decode(codes.slice(1, taken, taken + part->size()));
    taken += part->size();
  }
  return sum;
}

}  // namespace cfo::codecs
