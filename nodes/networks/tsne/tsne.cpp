#include "nodes/networks/tsne/tsne.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace cfo::tsne {
namespace {

/// The first two principal components, the first with a standard deviation of 1e-4 (scikit-learn's init="pca").
std::vector<Point> start(const at::Tensor& rows) {
  constexpr double spread = 1e-4;
  const auto values = rows.to(at::kCPU, at::kDouble);
  const auto centred = values - values.mean(0, true);
  const auto [variances, directions] = at::linalg_eigh(at::mm(centred.t(), centred));  // ascending
  auto components = at::zeros({rows.size(0), 2}, at::kDouble);
  for (int64_t i = 0; i < std::min<int64_t>(2, rows.size(1)); ++i) {
    auto direction = directions.select(1, rows.size(1) - 1 - i);
    const auto largest = direction.index({direction.abs().argmax()});
    if (largest.item<double>() < 0) direction = -direction;  // a sign that does not hang on the eigenvalue solver
    components.select(1, i).copy_(at::mv(centred, direction));
  }
  const double deviation = components.select(1, 0).std(/*unbiased=*/false).item<double>();
  if (deviation > 0) components *= spread / deviation;
  std::vector<Point> points;
  for (int64_t i = 0; i < rows.size(0); ++i)
    points.push_back({components[i][0].item<double>(), components[i][1].item<double>()});
  return points;
}

/// Gradient descent with momentum and a gain for each coordinate (Jacobs 1988), as in the t-SNE paper.
class Descender {
 public:
  explicit Descender(double rate, std::size_t points) : rate_(rate), speed_(points), gain_(points, {1, 1}) {}

  void step(std::vector<Point>& points, const std::vector<Point>& gradient, double momentum) {
    for (std::size_t i = 0; i < points.size(); ++i) {
      move(points[i].x, gradient[i].x, speed_[i].x, gain_[i].x, momentum);
      move(points[i].y, gradient[i].y, speed_[i].y, gain_[i].y, momentum);
    }
  }

 private:
  void move(double& place, double slope, double& speed, double& gain, double momentum) const {
    constexpr double least_gain = 0.01;
    gain = std::max(slope * speed < 0 ? gain + 0.2 : gain * 0.8, least_gain);
    speed = momentum * speed - rate_ * gain * slope;
    place += speed;
  }

  double rate_;
  std::vector<Point> speed_, gain_;
};

void centre(std::vector<Point>& points) {
  Point mean;
  for (const auto& point : points) {
    mean.x += point.x / static_cast<double>(points.size());
    mean.y += point.y / static_cast<double>(points.size());
  }
  for (auto& point : points) point = {point.x - mean.x, point.y - mean.y};
}

}  // namespace

Descent descent(const Affinities& affinities, std::span<const Point> points, double theta, double exaggeration) {
  const QuadTree tree(points, theta);
  std::vector<Repulsion> repulsions;
  double q_sum = 0;
  for (std::size_t i = 0; i < points.size(); ++i) q_sum += repulsions.emplace_back(tree.repulsion_of(i)).q_sum;
  Descent result{std::vector<Point>(points.size()), 0};
  for (std::size_t i = 0; i < points.size(); ++i) {
    Point pull;
    for (std::size_t entry = affinities.first[i]; entry < affinities.first[i + 1]; ++entry) {
      const Point& other = points[affinities.column[entry]];
      const Point way = {points[i].x - other.x, points[i].y - other.y};
      const double p = affinities.value[entry], q = 1 / (1 + way.x * way.x + way.y * way.y);
      pull.x += p * q * way.x;
      pull.y += p * q * way.y;
      if (p > 0) result.divergence += p * std::log(p / (q / q_sum));
    }
    result.gradient[i] = {4 * (exaggeration * pull.x - repulsions[i].force.x / q_sum),
                          4 * (exaggeration * pull.y - repulsions[i].force.y / q_sum)};
  }
  return result;
}

Map map_of(const at::Tensor& rows, const Settings& settings) {
  if (settings.iterations < 1) throw Error("t-SNE needs at least 1 iteration, but got {}", settings.iterations);
  const double most = rows.dim() == 2 ? static_cast<double>(rows.size(0) - 1) / 3 : 1;
  Map map;
  map.perplexity = std::min(settings.perplexity, most);
  const auto near = affinities(rows, map.perplexity);
  map.points = start(rows);
  constexpr double least_rate = 50, first_momentum = 0.5, later_momentum = 0.8;
  const double rate = std::max(static_cast<double>(map.points.size()) / settings.exaggeration / 4, least_rate);
  Descender descender(rate, map.points.size());
  for (int64_t i = 0; i < settings.iterations; ++i) {
    const bool exaggerated = i < settings.exaggerated;
    if (i == settings.exaggerated) descender = Descender(rate, map.points.size());
    const auto down = descent(near, map.points, settings.theta, exaggerated ? settings.exaggeration : 1);
    descender.step(map.points, down.gradient, exaggerated ? first_momentum : later_momentum);
  }
  centre(map.points);
  map.divergence = descent(near, map.points, settings.theta).divergence;
  return map;
}

}  // namespace cfo::tsne
