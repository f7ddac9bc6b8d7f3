#include "nodes/networks/codecs/mimi/split_quantizer.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "base/error.h"

using namespace cfo;
using namespace cfo::codecs;
using namespace cfo::layers;
using namespace cfo::tensors;

namespace {

at::Tensor numbers(const std::vector<float>& values, const std::vector<int64_t>& shape) {
  return at::tensor(values).view(shape);
}

void add_codebook(TensorMap& weights, const std::string& name, const std::vector<float>& sums,
                  const std::vector<float>& usage) {
  weights[name + "._codebook.embedding_sum"] = numbers(sums, {2, 1});
  weights[name + "._codebook.cluster_usage"] = numbers(usage, {2});
}

/// Latents of two channels, codebooks of one dimension. The first part reads channel 0 and the second channel 1; both
/// write channel 0, the second one doubled.
WeightScope weights() {
  TensorMap tensors = {{"first.input_proj.weight", numbers({1, 0}, {1, 2, 1})},
                       {"first.output_proj.weight", numbers({1, 0}, {2, 1, 1})},
                       {"rest.input_proj.weight", numbers({0, 1}, {1, 2, 1})},
                       {"rest.output_proj.weight", numbers({2, 0}, {2, 1, 1})}};
  add_codebook(tensors, "first.vq.layers.0", {0, 8}, {1, 2});    // rows 0 and 4
  add_codebook(tensors, "rest.vq.layers.0", {-10, 20}, {2, 2});  // rows -5 and 10
  add_codebook(tensors, "rest.vq.layers.1", {0, 1}, {1, 1});
  return WeightScope(tensors, "test");
}

SplitVq split() {
  ProjectedRvqOptions options = {.channels = 2, .dimension = 1, .codebooks = 1, .codebook_size = 2};
  std::vector<ProjectedRvq> parts = {ProjectedRvq(weights() / "first", options)};
  options.codebooks = 2;
  parts.emplace_back(weights() / "rest", options);
  return SplitVq(std::move(parts));
}

at::Tensor codes(const std::vector<int64_t>& values, int64_t books) {
  return at::tensor(values, at::kLong).view({1, books, -1});
}

}  // namespace

TEST_CASE("every part of a split quantizer codes the latent itself, not what the part before it left") {
  // Channel 0: 3 -> row 4, 1 -> row 0. Channel 1: 11 -> 10, rest 1 -> 1; -5.2 -> -5, rest -0.2 -> 0.
  CHECK(at::equal(split().encode(numbers({3, 1, 11, -5.2F}, {1, 2, 2})), codes({1, 0, 1, 0, 1, 0}, 3)));
}

TEST_CASE("the parts' results are added") {
  CHECK(at::equal(split().decode(codes({1, 0, 1, 0, 1, 0}, 3)), numbers({4 + 2 * 11, 2 * -5, 0, 0}, {1, 2, 2})));
}

TEST_CASE("fewer codebooks than there are decode without the others") {
  CHECK(at::equal(split().decode(codes({1, 1}, 2)), numbers({4 + 2 * 10, 0}, {1, 2, 1})));
  CHECK(at::equal(split().decode(codes({1}, 1)), numbers({4, 0}, {1, 2, 1})));
}

TEST_CASE("too many codebooks are refused") {
  CHECK_THROWS_WITH_AS(split().decode(codes({0, 0, 0, 0}, 4)),
                       "the quantizer takes codes [B, K, F] of 1 to 3 codebooks, but got [1, 4, 1]", cfo::Error);
}

TEST_CASE("a row that was hardly ever used is divided by the least usage") {
  TensorMap tensors;
  add_codebook(tensors, "book", {3e-5F, 6}, {0, 3});
  const auto book = averaged_codebook(WeightScope(tensors, "test") / "book._codebook", 2, 1);
  CHECK(at::allclose(book.look_up(at::tensor({0, 1}, at::kLong)), numbers({3, 2}, {2, 1}), 1e-5));
}
