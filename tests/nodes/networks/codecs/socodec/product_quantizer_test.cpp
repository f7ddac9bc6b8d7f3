#include "nodes/networks/codecs/socodec/product_quantizer.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "base/error.h"

using namespace cfo;
using namespace cfo::codecs;
using namespace cfo::layers;
using namespace cfo::tensors;

namespace {

EuclideanCodebook head(const std::vector<float>& rows, int64_t dimension) {
  return EuclideanCodebook(at::tensor(rows).view({-1, dimension}));
}

/// Two groups of two heads: 3 and 2 codes of one and of two channels, so that a group has 6 codes.
ProductVq two_groups() {
  return ProductVq({head({0, 10, 20}, 1), head({0, 0, 5, 5}, 2), head({-1, 0, 1}, 1), head({1, 0, 0, 1}, 2)}, 2);
}

at::Tensor codes(const std::vector<int64_t>& values, int64_t groups) {
  return at::tensor(values, at::kLong).view({1, groups, -1});
}

/// Two frames of six channels.
at::Tensor frames(const std::vector<float>& first, const std::vector<float>& second) {
  return at::stack({at::tensor(first), at::tensor(second)}, 1).unsqueeze(0);
}

}  // namespace

TEST_CASE("a group's code has its heads' codes as digits, the first head's lowest") {
  // Frame 0: codes 2, 1 | 0, 0; frame 1: codes 1, 0 | 2, 1.
  const auto latent = frames({19, 4, 4, -0.9F, 0.8F, 0.1F}, {9, 1, 1, 0.6F, 0.1F, 0.8F});
  CHECK(at::equal(two_groups().encode(latent), codes({2 + 3 * 1, 1, 0, 2 + 3 * 1}, 2)));
}

TEST_CASE("codes give back their heads' rows side by side") {
  CHECK(at::equal(two_groups().decode(codes({5, 1, 0, 5}, 2)), frames({20, 5, 5, -1, 1, 0}, {10, 0, 0, 1, 0, 1})));
}

TEST_CASE("groups that are left out decode to zeros") {
  CHECK(at::equal(two_groups().decode(codes({5, 1}, 1)), frames({20, 5, 5, 0, 0, 0}, {10, 0, 0, 0, 0, 0})));
}

TEST_CASE("every utterance of a batch has its own codes") {
  const auto latent =
      at::cat({frames({19, 4, 4, -0.9F, 0.8F, 0.1F}, {9, 1, 1, 0.6F, 0.1F, 0.8F}), at::zeros({1, 6, 2})});
  const auto found = two_groups().encode(latent);
  CHECK(at::equal(found, at::cat({codes({5, 1, 0, 5}, 2), codes({0, 0, 1, 1}, 2)})));
  CHECK(at::equal(two_groups().decode(found)[1], frames({0, 0, 0, 0, 1, 0}, {0, 0, 0, 0, 1, 0})[0]));
}

TEST_CASE("codes out of range, too many groups and heads that cannot be shared are refused") {
  CHECK_THROWS_WITH_AS(two_groups().decode(codes({6, 0}, 2)),
                       "a code lies outside 0..5; the codes do not belong to this codec", cfo::Error);
  CHECK_THROWS_WITH_AS(two_groups().decode(codes({0, -1}, 2)),
                       "a code lies outside 0..5; the codes do not belong to this codec", cfo::Error);
  CHECK_THROWS_WITH_AS(two_groups().decode(codes({0, 0, 0}, 3)),
                       "the quantizer takes int64 codes [B, K, F] of 1 to 2 codebooks, but got Long [1, 3, 1]",
                       cfo::Error);
  CHECK_THROWS_WITH_AS(ProductVq({head({0}, 1), head({0}, 1), head({0}, 1)}, 2),
                       doctest::Contains("2 groups cannot share 3 heads"), cfo::Error);
}
