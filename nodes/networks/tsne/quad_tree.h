// How points of the plane push each other away, without looking at every pair (Barnes and Hut 1986; van der Maaten
// 2014, section 4.2).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cfo::tsne {

struct Point {
  double x = 0, y = 0;
};

/// Of one point against all others, with q = 1 / (1 + d^2) of their distance d.
struct Repulsion {
  double q_sum = 0;  ///< sum of q
  Point force;       ///< sum of q^2 times the way from the other to the point
};

/// The plane in quarters of quarters, each with the number and the centre of its points. Looks at `points` as long as
/// it lives.
class QuadTree {
 public:
  /// A cell stands for its points when its side is less than `theta` times its centre's distance; 0: never. Below 1 /
  /// sqrt(2) a point is never in such a cell itself; throws Error from there on, for a negative one and for no points.
  QuadTree(std::span<const Point> points, double theta);
  Repulsion repulsion_of(std::size_t point) const;

 private:
  struct Cell {
    double side = 0;
    Point centre;                    ///< mean of its points
    std::size_t begin = 0, end = 0;  ///< its points in order_
    std::size_t children[4] = {};    ///< 0: none, since the root is nobody's child
    bool leaf = true;
  };
  std::size_t build(std::size_t begin, std::size_t end, Point corner, double side, int depth);
  void add_cell(const Cell& cell, std::size_t point, Repulsion& sum) const;

  std::span<const Point> points_;
  double theta_squared_;
  std::vector<std::size_t> order_;
  std::vector<Cell> cells_;
};

}  // namespace cfo::tsne
