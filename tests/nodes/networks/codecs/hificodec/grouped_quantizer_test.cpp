#include "nodes/networks/codecs/hificodec/grouped_quantizer.h"

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

EuclideanCodebook book(const std::vector<float>& rows) {
  return EuclideanCodebook(numbers(rows, {static_cast<int64_t>(rows.size()), 1}));
}

ResidualVq residual(const std::vector<std::vector<float>>& books) {
  std::vector<EuclideanCodebook> made;
  for (const auto& rows : books) made.push_back(book(rows));
  return ResidualVq(std::move(made));
}

/// Two groups of one channel each, two codebooks a group.
GroupedResidualVq grouped() {
  return GroupedResidualVq({residual({{0, 10, 20}, {-1, 0, 1}}), residual({{0, 100, 200}, {-7, 0, 7}})});
}

}  // namespace

TEST_CASE("each group codes its own channels; codes go by layer, then by group") {
  // Channel 0: 11 = 10 + 1, 19 = 20 - 1. Channel 1: 93 = 100 - 7, 0 = 0 + 0.
  const auto found = grouped().encode(numbers({11, 19, 93, 0}, {1, 2, 2}));
  CHECK(at::equal(found, codes({1, 2, 1, 0, 2, 0, 0, 1}, {1, 4, 2})));
  CHECK(at::equal(grouped().decode(found), numbers({11, 19, 93, 0}, {1, 2, 2})));
}

TEST_CASE("utterances of a batch of grouped codes keep apart, down to a single frame") {
  const auto latent = numbers({20, 0, 200, 107, 0, 0, 0, 100}, {2, 2, 2});
  const auto found = grouped().encode(latent);
  CHECK(at::equal(found, codes({2, 0, 2, 1, 1, 1, 1, 2, 0, 0, 0, 1, 1, 1, 1, 1}, {2, 4, 2})));
  CHECK(at::equal(grouped().decode(found), latent));
  CHECK(at::equal(grouped().encode(numbers({20, 200, 0, 107}, {2, 2, 1})), codes({2, 2, 1, 1, 0, 1, 1, 2}, {2, 4, 1})));
}

TEST_CASE("groups of several channels share the latent in order") {
  const ResidualVq first(std::vector<EuclideanCodebook>{EuclideanCodebook(numbers({0, 0, 1, 2}, {2, 2}))});
  const ResidualVq second(std::vector<EuclideanCodebook>{EuclideanCodebook(numbers({3, 4, 0, 0}, {2, 2}))});
  const GroupedResidualVq product({first, second});
  CHECK(at::equal(product.encode(numbers({1, 2, 3, 4}, {1, 4, 1})), codes({1, 0}, {1, 2, 1})));
  CHECK(at::equal(product.decode(codes({1, 0}, {1, 2, 1})), numbers({1, 2, 3, 4}, {1, 4, 1})));
}

TEST_CASE("the first layer of grouped codes decodes alone") {
  CHECK(at::equal(grouped().decode(codes({2, 1}, {1, 2, 1})), numbers({20, 100}, {1, 2, 1})));
}

TEST_CASE("grouped codes of too many layers, of too few for every group, or out of range are refused") {
  CHECK_THROWS_WITH_AS(grouped().decode(codes({0, 0, 0, 0, 0, 0}, {1, 6, 1})),
                       "the quantizer takes int64 codes [B, K, F] of 1 to 2 codebooks, but got Long [1, 3, 1]",
                       cfo::Error);
  CHECK_THROWS_WITH_AS(grouped().decode(codes({0}, {1, 1, 1})),
                       "the quantizer takes int64 codes [B, K, F] of 1 to 2 codebooks, but got Long [1, 0, 1]",
                       cfo::Error);
  CHECK_THROWS_WITH_AS(grouped().decode(codes({0, 0, 0, 3}, {1, 4, 1})),
                       "a code lies outside 0..2; the codes do not belong to this codec", cfo::Error);
}
