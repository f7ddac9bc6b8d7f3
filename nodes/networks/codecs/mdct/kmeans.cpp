#include "nodes/networks/codecs/mdct/kmeans.h"

#include <algorithm>

#include "nodes/networks/layers/quantizers/residual_quantizer.h"

namespace cfo::codecs::mdct {
namespace {

/// Means of the vectors of each cell; cells without vectors take the vectors that are farthest from their centroids.
at::Tensor moved(const at::Tensor& centroids, const at::Tensor& vectors, const at::Tensor& cells) {
  const int64_t size = centroids.size(0), dimension = centroids.size(1);
  auto sums = at::zeros({size, dimension}, at::kDouble);
  auto sum = sums.accessor<double, 2>();
  const auto vector = vectors.accessor<float, 2>();
  const auto cell = cells.accessor<int64_t, 1>();
  for (int64_t n = 0; n < vectors.size(0); ++n) {
    for (int64_t d = 0; d < dimension; ++d) sum[cell[n]][d] += vector[n][d];
  }
  const auto counts = at::bincount(cells, {}, size);
  auto means = (sums / counts.clamp_min(1).unsqueeze(1)).to(at::kFloat);
  const auto empty = (counts == 0).nonzero().squeeze(1);
  if (empty.numel() > 0) {
    const auto distances = (vectors - centroids.index_select(0, cells)).square().sum(1);
    const auto worst = std::get<1>(at::sort(distances, /*stable=*/true, /*dim=*/0, /*descending=*/true));
    means.index_copy_(0, empty, vectors.index_select(0, worst.narrow(0, 0, empty.numel())));
  }
  return means;
}

}  // namespace

at::Tensor nearest_rows(const at::Tensor& codebook, const at::Tensor& vectors) {
  constexpr int64_t piece = 1024;  // rows whose distances stay in the second-level cache
  const layers::EuclideanCodebook searched(codebook);
  std::vector<at::Tensor> found;
  for (const auto& rows : vectors.split(piece)) found.push_back(searched.search(rows));
  return at::cat(found);
}

at::Tensor draw_rows(const at::Tensor& vectors, int64_t count, at::Generator& random) {
  const int64_t all = vectors.size(0);
  return vectors.index_select(0, at::randperm(all, random).narrow(0, 0, std::min(all, count)));
}

at::Tensor k_means(const at::Tensor& vectors, int64_t size, int64_t iterations, at::Generator& random,
                   const std::function<void()>& tick) {
  const auto points = vectors.contiguous();
  auto centroids = draw_rows(points, size, random);
  for (int64_t i = 0; i < iterations; ++i) {
    centroids = moved(centroids, points, nearest_rows(centroids, points));
    if (tick) tick();
  }
  return centroids;
}

}  // namespace cfo::codecs::mdct
