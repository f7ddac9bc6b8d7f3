#include "nodes/networks/codecs/spectralcodec/finite_scalar_quantizer.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>

#include "base/error.h"

using namespace cfo;
using codecs::FiniteScalarQuantizer;

namespace {

/// Latent [1, rows, columns].
at::Tensor channels(const std::vector<std::vector<float>>& rows) {
  std::vector<at::Tensor> tensors;
  for (const auto& row : rows) tensors.push_back(at::tensor(row));
  return at::stack(tensors).unsqueeze(0);
}

at::Tensor codes(const std::vector<int64_t>& numbers) { return at::tensor(numbers).view({1, 1, -1}); }

}  // namespace

TEST_CASE("odd levels lie evenly around zero, even ones have one more below it") {
  const FiniteScalarQuantizer five(1, {5}, 0), four(1, {4}, 0);
  CHECK(five.size() == 5);
  // 2 tanh(x) of these x is -1.6, -1.4, 0, 0.4, 0.6, 2.
  const auto bounded = channels({{std::atanh(-0.8f), std::atanh(-0.7f), 0, std::atanh(0.2f), std::atanh(0.3f), 9}});
  CHECK(at::equal(five.encode(bounded), codes({0, 1, 2, 2, 3, 4})));
  CHECK(at::allclose(five.decode(codes({0, 1, 2, 3, 4})), channels({{-1, -0.5, 0, 0.5, 1}})));
  // 1.5 tanh(x + tan(1/3)) - 0.5: 0.0 at x = atanh(1/3) - tan(1/3), about 0.0003; -2 at the lower end and 1 at the
  // upper.
  CHECK(at::equal(four.encode(channels({{-9, 0, 9}})), codes({0, 2, 3})));
  CHECK(at::allclose(four.decode(codes({0, 1, 2, 3})), channels({{-1, -0.5, 0, 0.5}})));
}

TEST_CASE("the shift of even levels is the tangent, and the margin narrows the bound") {
  // Four levels: the border between codes 2 and 3 lies at 1.5 (1 - m) tanh(x + tan(0.5 / (1.5 (1 - m)))) = 1.
  for (const double margin : {0.0, 0.1}) {
    CAPTURE(margin);
    const FiniteScalarQuantizer four(1, {4}, margin);
    const double scale = 1.5 * (1 - margin), border = std::atanh(1 / scale) - std::tan(0.5 / scale);
    const auto around = channels({{static_cast<float>(border - 1e-4), static_cast<float>(border + 1e-4)}});
    CHECK(at::equal(four.encode(around), codes({2, 3})));
  }
}

TEST_CASE("digits of a code count up from the first channel, groups lie side by side") {
  const FiniteScalarQuantizer quantizer(2, {3, 4, 2}, 1e-3);
  CHECK(quantizer.size() == 24);
  // Group 1: digits 2, 0, 1 are 2 + 0 * 3 + 1 * 12; group 2: digits 0, 3, 0 are 3 * 3.
  const auto latent = channels({{9}, {-9}, {9}, {-9}, {9}, {-9}});
  const auto expected = at::tensor(std::vector<int64_t>{14, 9}).view({1, 2, 1});
  CHECK(at::equal(quantizer.encode(latent), expected));
  CHECK(at::allclose(quantizer.decode(expected), channels({{1}, {-1}, {0}, {-1}, {0.5}, {-1}})));
}

TEST_CASE("every code comes back when its own values are coded") {
  const FiniteScalarQuantizer quantizer(1, {8, 5, 5, 5}, 1e-3);
  const auto all = at::arange(1000).view({1, 1, -1});
  const auto values = quantizer.decode(all);
  REQUIRE(values.sizes() == at::IntArrayRef({1, 4, 1000}));
  const auto half = at::tensor({4, 2, 2, 2}).view({4, 1}),
             scale = at::tensor({3.4965, 1.998, 1.998, 1.998}).view({4, 1});
  const auto offset = at::tensor({0.5, 0.0, 0.0, 0.0}).view({4, 1});
  // The bounded value 0.3 towards zero from the level, unbounded again.
  const auto bounded = values.to(at::kDouble) * half - 0.3 * values.sign();
  const auto latent = ((bounded + offset) / scale).atanh() - (offset / scale).tan();
  CHECK(at::equal(quantizer.encode(latent.to(at::kFloat)), all));
}

TEST_CASE("codes and levels out of range are refused") {
  const FiniteScalarQuantizer quantizer(1, {3, 4}, 1e-3);
  CHECK_THROWS_WITH_AS(quantizer.decode(codes({0, 12})), doctest::Contains("outside 0..11"), Error);
  CHECK_THROWS_WITH_AS(quantizer.decode(codes({-1})), doctest::Contains("outside 0..11"), Error);
  CHECK(quantizer.decode(at::zeros({2, 1, 0}, at::kLong)).sizes() == at::IntArrayRef({2, 2, 0}));
  CHECK_THROWS_WITH_AS(FiniteScalarQuantizer(1, {8, 1}, 0), doctest::Contains("at least 2 levels"), Error);
  CHECK_THROWS_AS(FiniteScalarQuantizer(0, {8}, 0), Error);
  CHECK_THROWS_AS(FiniteScalarQuantizer(1, {}, 0), Error);
}
