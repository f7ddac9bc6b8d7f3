#include "nodes/networks/codecs/sqcodec/scalar_quantizer.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "base/error.h"

using namespace cfo;
using codecs::ScalarQuantizer;

namespace {

at::Tensor frames(const std::vector<float>& numbers) { return at::tensor(numbers).view({1, 1, -1}); }

at::Tensor codes(const std::vector<int64_t>& numbers) { return at::tensor(numbers).view({1, 1, -1}); }

}  // namespace

TEST_CASE("a scalar quantizer rounds to n-ths, halves to even") {
  const ScalarQuantizer quarters(4);  // eighths are exact halves of a step
  CHECK(quarters.size() == 9);
  CHECK(at::equal(quarters.encode(frames({-1, -0.375f, -0.125f, 0.1f, 0.125f, 0.2f, 0.375f, 0.625f, 1})),
                  codes({-4, -2, 0, 0, 0, 1, 2, 2, 4})));
}

TEST_CASE("a scalar quantizer gives the fraction back, in the shape of the codes") {
  const ScalarQuantizer ninths(9);
  const auto values = ninths.decode(codes({-9, -4, 0, 1, 9}));
  CHECK(at::equal(values, frames({-1, -4.f / 9, 0, 1.f / 9, 1})));
  CHECK(ninths.decode(at::zeros({2, 5, 3}, at::kLong)).sizes() == at::IntArrayRef({2, 5, 3}));
  CHECK(ninths.decode(at::zeros({1, 5, 0}, at::kLong)).sizes() == at::IntArrayRef({1, 5, 0}));
}

TEST_CASE("codes of more steps than the quantizer has are refused") {
  const ScalarQuantizer ninths(9);
  CHECK_THROWS_WITH_AS(ninths.decode(codes({0, 10})), doctest::Contains("outside -9..9"), Error);
  CHECK_THROWS_WITH_AS(ninths.decode(codes({-10, 0})), doctest::Contains("outside -9..9"), Error);
  CHECK_THROWS_AS(ScalarQuantizer(0), Error);
}
