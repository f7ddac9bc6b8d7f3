#include "nodes/networks/codecs/vocos/masked_quantizer.h"

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

at::Tensor codes(const std::vector<int64_t>& values, const std::vector<int64_t>& shape) {
  return at::tensor(values, at::kLong).view(shape);
}

using Books = std::vector<std::shared_ptr<const Codebook>>;

std::shared_ptr<const Codebook> book(const std::vector<float>& rows, int64_t dimension) {
  return std::make_shared<const EuclideanCodebook>(numbers(rows, {-1, dimension}));
}

/// Rows of two dimensions; the last book is for what the others left.
Books three_books() { return {book({0, 0, 4, 6}, 2), book({0, 0, 3, 8}, 2), book({0, 0, -1, 1}, 2)}; }

}  // namespace

TEST_CASE("the first codebooks see their share of the latent alone, the others what those left") {
  // (2.4, 9): the first sees (2.4, 0) and takes (0, 0), though (4, 6) is nearer to (2.4, 9); the second sees (0, 9) and
  // takes (3, 8); (-0.6, 1) is left, nearest to (-1, 1). (9, 9): the first sees (9, 0) and takes (4, 6); the second
  // still sees (0, 9) and takes (3, 8), where (0, 3) would be nearer to (0, 0); (2, -5) is left, nearest to (0, 0).
  const MaskedResidualVq quantizer(three_books(), 2);
  const auto latent = numbers({2.4F, 9, 9, 9}, {1, 2, 2});
  const auto before = latent.clone();
  const auto found = quantizer.encode(latent);
  CHECK(at::equal(latent, before));
  CHECK(at::equal(found, codes({0, 1, 1, 1, 1, 0}, {1, 3, 2})));
  CHECK(at::equal(quantizer.decode(found), numbers({2, 7, 9, 14}, {1, 2, 2})));
}

TEST_CASE("utterances of a batch through masked codebooks keep apart, down to a single frame") {
  const MaskedResidualVq quantizer(three_books(), 2);
  const auto found = quantizer.encode(numbers({2.4F, 9, 9, 9, 2.4F, 2.4F, 9, 9}, {2, 2, 2}));
  CHECK(at::equal(found, codes({0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1}, {2, 3, 2})));
  CHECK(at::equal(quantizer.decode(found), numbers({2, 7, 9, 14, 2, 2, 9, 9}, {2, 2, 2})));
  CHECK(at::equal(quantizer.encode(numbers({2.4F, 9, 9, 9}, {2, 2, 1})), codes({0, 1, 1, 1, 1, 0}, {2, 3, 1})));
}

TEST_CASE("without masked codebooks the quantizer is residual") {
  // (2.4, 9) -> (4, 6), rest (-1.6, 3) -> (0, 0), then (-1, 1).
  CHECK(
      at::equal(MaskedResidualVq(three_books(), 0).encode(numbers({2.4F, 9}, {1, 2, 1})), codes({1, 0, 1}, {1, 3, 1})));
}

TEST_CASE("all codebooks may be masked") {
  auto books = three_books();
  books.pop_back();
  CHECK(at::equal(MaskedResidualVq(books, 2).encode(numbers({2.4F, 9}, {1, 2, 1})), codes({0, 1}, {1, 2, 1})));
}

TEST_CASE("three dimensions are shared by two masked codebooks as one and two") {
  const Books books = {book({0, 0, 0, 5, 1, 1}, 3), book({0, 0, 0, 0, 2, 2}, 3)};
  CHECK(at::equal(MaskedResidualVq(books, 2).encode(numbers({5, 2, 2}, {1, 3, 1})), codes({1, 1}, {1, 2, 1})));
  CHECK(at::equal(MaskedResidualVq(books, 2).encode(numbers({1, 9, 0.5F}, {1, 3, 1})), codes({0, 1}, {1, 2, 1})));
}

TEST_CASE("fewer codebooks decode, more are refused") {
  const MaskedResidualVq quantizer(three_books(), 2);
  CHECK(at::equal(quantizer.decode(codes({1, 1}, {1, 2, 1})), numbers({7, 14}, {1, 2, 1})));
  CHECK_THROWS_WITH_AS(quantizer.decode(codes({0, 0, 0, 0}, {1, 4, 1})),
                       "the quantizer takes int64 codes [B, K, F] of 1 to 3 codebooks, but got Long [1, 4, 1]",
                       cfo::Error);
}
