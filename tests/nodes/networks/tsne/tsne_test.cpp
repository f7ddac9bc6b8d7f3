// t-SNE against its formulas, pair by pair, and against scikit-learn on a known set.
#include "nodes/networks/tsne/tsne.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "nodes/networks/tensors/seeded_weights.h"

using namespace cfo;

namespace {

/// Six groups in ten dimensions that touch each other; the rows of tsne_reference.py.
at::Tensor grouped_rows() {
  const auto centres = tensors::seeded_tensor("centres", {6, 10}, -1, 1, 3),
             noise = tensors::seeded_tensor("noise", {600, 10}, -1, 1, 3);
  return 1.5 * centres.index_select(0, at::arange(600, at::kLong).remainder(6)) + noise;
}

at::Tensor dense(const tsne::Affinities& sparse) {
  const auto n = static_cast<int64_t>(sparse.points());
  auto matrix = at::zeros({n, n}, at::kDouble);
  for (std::size_t i = 0; i < sparse.points(); ++i) {
    for (auto entry = sparse.first[i]; entry < sparse.first[i + 1]; ++entry) {
      matrix[static_cast<int64_t>(i)][static_cast<int64_t>(sparse.column[entry])] = sparse.value[entry];
    }
  }
  return matrix;
}

at::Tensor plane(const std::vector<tsne::Point>& points) {
  auto rows = at::empty({static_cast<int64_t>(points.size()), 2}, at::kDouble);
  for (std::size_t i = 0; i < points.size(); ++i) {
    rows[static_cast<int64_t>(i)][0] = points[i].x;
    rows[static_cast<int64_t>(i)][1] = points[i].y;
  }
  return rows;
}

std::vector<tsne::Point> scattered(int64_t count, double scale) {
  const auto values = tensors::seeded_tensor("points", {count, 2}, -1, 1, 8) * scale;
  std::vector<tsne::Point> points;
  for (int64_t i = 0; i < count; ++i) points.push_back({values[i][0].item<double>(), values[i][1].item<double>()});
  return points;
}

/// Gradient and divergence over all pairs (van der Maaten and Hinton 2008, equations 2, 4 and 5).
struct Exact {
  at::Tensor gradient;
  double divergence;
};

Exact exact(const at::Tensor& p, const at::Tensor& y) {
  const auto ways = y.unsqueeze(1) - y.unsqueeze(0);
  auto weight = 1 / (1 + ways.square().sum(2));
  weight.fill_diagonal_(0);
  const auto q = weight / weight.sum();
  const auto gradient = 4 * (((p - q) * weight).unsqueeze(2) * ways).sum(1);
  const auto terms = at::where(p > 0, p * (p / q).log(), at::zeros_like(p));
  return {gradient, terms.sum().item<double>()};
}

/// Venna and Kaski 2001: 1 for a map whose neighbours all are neighbours in the rows.
double trustworthiness(const at::Tensor& rows, const at::Tensor& y, int64_t k) {
  const int64_t n = rows.size(0);
  auto distance = at::cdist(rows.to(at::kDouble), rows.to(at::kDouble)), mapped = at::cdist(y, y);
  distance.fill_diagonal_(-1);  // itself is first in either order
  mapped.fill_diagonal_(-1);
  const auto rank = distance.argsort(int64_t{1}).argsort(int64_t{1});
  const auto neighbours = mapped.argsort(int64_t{1}).slice(1, 1, k + 1);
  const auto beyond = (rank.gather(1, neighbours) - k).clamp_min(0).sum().item<double>();
  return 1 - 2 * beyond / static_cast<double>(n * k * (2 * n - 3 * k - 1));
}

double relative(const at::Tensor& actual, const at::Tensor& expected) {
  return ((actual - expected).norm() / expected.norm()).item<double>();
}

}  // namespace

TEST_CASE("affinities are symmetric shares of neighbours, of the perplexity that was asked for") {
  constexpr int64_t n = 40;
  constexpr double perplexity = 13;  // all 39 others are neighbours
  const auto rows = grouped_rows().slice(0, 0, n);
  const auto p = dense(tsne::affinities(rows, perplexity));
  CHECK(p.sum().item<double>() == doctest::Approx(1));
  CHECK(at::equal(p, p.t()));
  CHECK(p.diagonal().abs().max().item<double>() == 0);
  const auto squared = at::cdist(rows.to(at::kDouble), rows.to(at::kDouble)).square();
  auto expected = at::zeros({n, n}, at::kDouble);
  for (int64_t i = 0; i < n; ++i) {
    double low = 0, high = 1e6;
    for (int step = 0; step < 200; ++step) {
      auto share = (-(low + high) / 2 * squared[i]).exp();
      share[i] = 0;
      share = share / share.sum();
      const double found = at::special_entr(share).sum().exp().item<double>();
      (found > perplexity ? low : high) = (low + high) / 2;
      expected[i].copy_(share);
    }
  }
  CHECK(relative(p, (expected + expected.t()) / (2 * n)) < 1e-6);
}

TEST_CASE("only the nearest count, also beyond a block of rows") {
  const auto rows = tensors::seeded_tensor("line", {1500, 3}, -1, 1, 4);
  const auto sparse = tsne::affinities(rows, 2);
  const auto p = dense(sparse);
  auto distance = at::cdist(rows.to(at::kDouble), rows.to(at::kDouble));
  distance.fill_diagonal_(std::numeric_limits<double>::infinity());
  const auto nearest = std::get<1>(distance.topk(6, 1, /*largest=*/false));
  auto wanted = at::zeros({1500, 1500}, at::kBool).scatter_(1, nearest, true);
  CHECK(at::equal(p > 0, wanted.logical_or(wanted.t())));
}

TEST_CASE("without approximation the gradient and the divergence are those over all pairs; with it they are near") {
  const auto rows = grouped_rows();
  const auto sparse = tsne::affinities(rows, 30);
  const auto points = scattered(600, 20);
  const auto expected = exact(dense(sparse), plane(points));
  const auto pairwise = tsne::descent(sparse, points, 0);
  CHECK(relative(plane(pairwise.gradient), expected.gradient) < 1e-10);
  CHECK(pairwise.divergence == doctest::Approx(expected.divergence).epsilon(1e-10));
  const auto approximate = tsne::descent(sparse, points, 0.5);
  CHECK(relative(plane(approximate.gradient), expected.gradient) < 0.02);
  CHECK(relative(plane(approximate.gradient), expected.gradient) > 1e-10);
  CHECK(approximate.divergence == doctest::Approx(expected.divergence).epsilon(0.01));
  const auto pulled = tsne::descent(sparse, points, 0, 3);
  CHECK(relative(plane(pulled.gradient), exact(3 * dense(sparse), plane(points)).gradient) < 1e-10);
  CHECK(pulled.divergence == doctest::Approx(expected.divergence).epsilon(1e-10));
}

TEST_CASE("the gradient is the slope of the divergence") {
  const auto sparse = tsne::affinities(grouped_rows().slice(0, 0, 60), 10);
  auto points = scattered(60, 2);
  const auto gradient = tsne::descent(sparse, points, 0).gradient;
  constexpr double step = 1e-5;
  for (const std::size_t i : {std::size_t{0}, std::size_t{31}}) {
    const auto moved = [&](double x, double y) {
      auto other = points;
      other[i] = {points[i].x + x, points[i].y + y};
      return tsne::descent(sparse, other, 0).divergence;
    };
    CHECK((moved(step, 0) - moved(-step, 0)) / (2 * step) == doctest::Approx(gradient[i].x).epsilon(1e-5));
    CHECK((moved(0, step) - moved(0, -step)) / (2 * step) == doctest::Approx(gradient[i].y).epsilon(1e-5));
  }
}

TEST_CASE("points on one place are counted, and do not push each other") {
  const std::vector<tsne::Point> points = {{0, 0}, {0, 0}, {0, 0}, {3, 4}};
  const tsne::QuadTree tree(points, 0.5);
  const auto pushed = tree.repulsion_of(0);
  CHECK(pushed.q_sum == doctest::Approx(2 + 1.0 / 26));
  CHECK(pushed.force.x == doctest::Approx(-3.0 / (26 * 26)));
  CHECK(pushed.force.y == doctest::Approx(-4.0 / (26 * 26)));
  CHECK(tree.repulsion_of(3).q_sum == doctest::Approx(3.0 / 26));
}

// tests/nodes/networks/tsne/tsne_reference.py, scikit-learn 1.2.1: divergence 0.7098 (Barnes-Hut) and 0.6946 (exact),
// trustworthiness of 12 neighbours 0.9802 and 0.9800.
TEST_CASE("a map of six groups is as good as scikit-learn's") {
  constexpr double reference_divergence = 0.7098, reference_trustworthiness = 0.9802;
  const auto rows = grouped_rows();
  const auto map = tsne::map_of(rows);
  const auto y = plane(map.points);
  CAPTURE(map.divergence);  // 0.7127
  CHECK(map.perplexity == 30);
  CHECK(map.divergence == doctest::Approx(exact(dense(tsne::affinities(rows, 30)), y).divergence).epsilon(0.02));
  CHECK(map.divergence < reference_divergence * 1.03);
  CHECK(map.divergence > 0.5);  // nobody finds a map that much better: an error in the affinities would
  CHECK(trustworthiness(rows, y, 12) > reference_trustworthiness - 0.005);
  CHECK(y.mean(0).abs().max().item<double>() < 1e-9);
}

TEST_CASE("the same rows give the same map, and few rows give one of less perplexity") {
  const auto rows = grouped_rows().slice(0, 0, 10);
  const auto map = tsne::map_of(rows), again = tsne::map_of(rows);
  CHECK(map.perplexity == 3);
  REQUIRE(map.points.size() == 10);
  for (std::size_t i = 0; i < 10; ++i) {
    CHECK(map.points[i].x == again.points[i].x);
    CHECK(map.points[i].y == again.points[i].y);
    CHECK(std::isfinite(map.points[i].x));
  }
}

TEST_CASE("rows that are equal have a map too") {
  const auto map = tsne::map_of(at::ones({12, 3}));
  for (const auto& point : map.points) CHECK((std::isfinite(point.x) && std::isfinite(point.y)));
}

TEST_CASE("what cannot be mapped is told") {
  const auto rows = grouped_rows();
  CHECK_THROWS_WITH_AS(tsne::map_of(rows.slice(0, 0, 3)), doctest::Contains("at least 4 rows"), Error);
  CHECK_THROWS_WITH_AS(tsne::affinities(rows, 300),
                       doctest::Contains("a perplexity of 300 is not possible with 600 points"), Error);
  CHECK_THROWS_WITH_AS(tsne::map_of(rows / 0), doctest::Contains("not finite"), Error);
  CHECK_THROWS_WITH_AS(tsne::map_of(rows, {.theta = 0.8}), doctest::Contains("theta of 0.8"), Error);
  CHECK_THROWS_WITH_AS(tsne::map_of(rows, {.iterations = 0}), doctest::Contains("at least 1 iteration"), Error);
}
