#include "nodes/networks/tsne/quad_tree.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace cfo::tsne {
namespace {

/// Cells this deep hold points that are all but one: they are left together.
constexpr int deepest = 48;

double squared_distance(const Point& a, const Point& b) {
  return (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y);
}

void add(Repulsion& sum, const Point& of, const Point& other, double times) {
  const double q = 1 / (1 + squared_distance(of, other));
  sum.q_sum += times * q;
  sum.force.x += times * q * q * (of.x - other.x);
  sum.force.y += times * q * q * (of.y - other.y);
}

}  // namespace

QuadTree::QuadTree(std::span<const Point> points, double theta)
    : points_(points), theta_squared_(theta * theta), order_(points.size()) {
  if (points.empty()) throw Error("a quad tree needs points");
  if (!(theta >= 0 && theta_squared_ < 0.5))
    throw Error("a Barnes-Hut theta of {:g} is not possible; give one from 0 to below 0.707", theta);
  std::iota(order_.begin(), order_.end(), 0);
  const auto [left, right] =
      std::minmax_element(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.x < b.x; });
  const auto [low, high] =
      std::minmax_element(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.y < b.y; });
  build(0, points.size(), {left->x, low->y}, std::max(right->x - left->x, high->y - low->y), 0);
}

std::size_t QuadTree::build(std::size_t begin, std::size_t end, Point corner, double side, int depth) {
  const std::size_t index = cells_.size();
  Cell cell{.side = side, .centre = {}, .begin = begin, .end = end};
  for (std::size_t i = begin; i < end; ++i) {
    cell.centre.x += points_[order_[i]].x / static_cast<double>(end - begin);
    cell.centre.y += points_[order_[i]].y / static_cast<double>(end - begin);
  }
  cell.leaf = end - begin == 1 || depth == deepest;
  cells_.push_back(cell);
  if (cell.leaf) return index;
  const double half = side / 2;
  const Point middle = {corner.x + half, corner.y + half};
  const auto at = [&](std::size_t place) { return order_.begin() + static_cast<std::ptrdiff_t>(place); };
  const auto below = [&](std::size_t point) { return points_[point].y < middle.y; };
  const auto left = [&](std::size_t point) { return points_[point].x < middle.x; };
  const auto upper = std::partition(at(begin), at(end), below);
  const auto lower_right = std::partition(at(begin), upper, left), upper_right = std::partition(upper, at(end), left);
  const auto place = [&](auto iterator) { return static_cast<std::size_t>(iterator - order_.begin()); };
  const std::size_t borders[] = {begin, place(lower_right), place(upper), place(upper_right), end};
  const Point corners[] = {corner, {middle.x, corner.y}, {corner.x, middle.y}, middle};
  for (int quarter = 0; quarter < 4; ++quarter) {
    if (borders[quarter] == borders[quarter + 1]) continue;
    const std::size_t child = build(borders[quarter], borders[quarter + 1], corners[quarter], half, depth + 1);
    cells_[index].children[quarter] = child;
  }
  return index;
}

Repulsion QuadTree::repulsion_of(std::size_t point) const {
  Repulsion sum;
  add_cell(cells_.front(), point, sum);
  return sum;
}

void QuadTree::add_cell(const Cell& cell, std::size_t point, Repulsion& sum) const {
  const Point& of = points_[point];
  if (cell.side * cell.side < theta_squared_ * squared_distance(of, cell.centre)) {
    return add(sum, of, cell.centre, static_cast<double>(cell.end - cell.begin));
  }
  if (!cell.leaf) {
    for (const std::size_t child : cell.children) {
      if (child != 0) add_cell(cells_[child], point, sum);
    }
    return;
  }
  for (std::size_t i = cell.begin; i < cell.end; ++i) {
    if (order_[i] != point) add(sum, of, points_[order_[i]], 1);
  }
}

}  // namespace cfo::tsne
