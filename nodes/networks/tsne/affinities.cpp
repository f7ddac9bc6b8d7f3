#include "nodes/networks/tsne/affinities.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "base/error.h"

namespace cfo::tsne {
namespace {

struct Neighbours {
  at::Tensor index;     ///< [N, k] int64, nearest first
  at::Tensor distance;  ///< [N, k] float64, squared
};

/// A block of rows at a time, so that no N x N matrix is held.
Neighbours nearest(const at::Tensor& rows, int64_t k) {
  constexpr int64_t block = 1024;
  const auto norms = rows.square().sum(1);
  std::vector<at::Tensor> indices, distances;
  for (int64_t begin = 0; begin < rows.size(0); begin += block) {
    const int64_t end = std::min(begin + block, rows.size(0));
    const auto part = rows.slice(0, begin, end);
    auto squared = (norms.slice(0, begin, end).unsqueeze(1) + norms - 2 * at::mm(part, rows.t())).clamp_min_(0);
    squared.diagonal(begin).fill_(std::numeric_limits<double>::infinity());
    const auto [distance, index] = squared.topk(k, 1, /*largest=*/false, /*sorted=*/true);
    indices.push_back(index);
    distances.push_back(distance);
  }
  return {at::cat(indices), at::cat(distances)};
}

/// exp(-precision * (d - d_0)) over its sum.
std::vector<double> gaussian(std::span<const double> distances, double precision) {
  std::vector<double> shares;
  double sum = 0;
  for (const double distance : distances)
    sum += shares.emplace_back(std::exp(-precision * (distance - distances.front())));
  for (double& share : shares) share /= sum;
  return shares;
}

double entropy(const std::vector<double>& shares) {
  double sum = 0;
  for (const double share : shares) sum -= share > 0 ? share * std::log(share) : 0;
  return sum;
}

/// The Gaussian of that perplexity, found by bisection.
std::vector<double> shares_of(std::span<const double> distances, double perplexity) {
  constexpr int most_steps = 200;
  constexpr double tolerance = 1e-10;
  const double wanted = std::log(perplexity), infinity = std::numeric_limits<double>::infinity();
  double low = 0, high = infinity, precision = 1;
  auto shares = gaussian(distances, precision);
  for (int step = 0; step < most_steps; ++step) {
    const double excess = entropy(shares) - wanted;
    if (std::abs(excess) < tolerance) break;
    (excess > 0 ? low : high) = precision;
    precision = std::isinf(high) ? 2 * precision : (low + high) / 2;
    if (!std::isfinite(precision)) break;  // equal distances: their shares are equal whatever the width
    shares = gaussian(distances, precision);
  }
  return shares;
}

struct Entry {
  std::size_t column;
  double value;
};

/// (P + P^T) / 2N, rows in order.
Affinities symmetric(std::vector<std::vector<Entry>> rows) {
  const auto scale = 1 / (2 * static_cast<double>(rows.size()));
  std::vector<std::vector<Entry>> both(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const auto& [j, value] : rows[i]) {
      both[i].push_back({j, value * scale});
      both[j].push_back({i, value * scale});
    }
  }
  Affinities result;
  result.first.push_back(0);
  for (auto& row : both) {
    std::stable_sort(row.begin(), row.end(), [](const Entry& a, const Entry& b) { return a.column < b.column; });
    for (const auto& [column, value] : row) {
      if (result.column.size() > result.first.back() && result.column.back() == column) {
        result.value.back() += value;
      } else {
        result.column.push_back(column);
        result.value.push_back(value);
      }
    }
    result.first.push_back(result.column.size());
  }
  return result;
}

void check(const at::Tensor& rows, double perplexity) {
  constexpr int64_t fewest = 4;
  if (rows.dim() != 2 || rows.size(0) < fewest)
    throw Error("t-SNE needs at least {} rows of numbers; give more points", fewest);
  if (!rows.isfinite().all().item<bool>())
    throw Error("t-SNE got a row with a number that is not finite; leave such rows out");
  const double most = static_cast<double>(rows.size(0) - 1) / 3;
  if (!(perplexity >= 1 && perplexity <= most)) {
    throw Error("a perplexity of {:g} is not possible with {} points; give one between 1 and {:g}", perplexity,
                rows.size(0), most);
  }
}

}  // namespace

Affinities affinities(const at::Tensor& rows, double perplexity) {
  check(rows, perplexity);
  const auto k = std::min(static_cast<int64_t>(3 * perplexity), rows.size(0) - 1);
  const auto centred = rows.to(at::kCPU, at::kDouble) - rows.to(at::kCPU, at::kDouble).mean(0, true);
  const auto [index, distance] = nearest(centred, k);
  std::vector<std::vector<Entry>> shared(static_cast<std::size_t>(rows.size(0)));
  const auto width = static_cast<std::size_t>(k);
  for (std::size_t i = 0; i < shared.size(); ++i) {
    const auto shares = shares_of({distance.data_ptr<double>() + i * width, width}, perplexity);
    const int64_t* const others = index.data_ptr<int64_t>() + i * width;
    for (std::size_t j = 0; j < width; ++j) shared[i].push_back({static_cast<std::size_t>(others[j]), shares[j]});
  }
  return symmetric(std::move(shared));
}

}  // namespace cfo::tsne
