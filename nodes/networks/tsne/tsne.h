// t-SNE: points of many dimensions as a map that keeps neighbours together (van der Maaten and Hinton 2008), with the
// Barnes-Hut approximation (van der Maaten 2014, "Accelerating t-SNE using tree-based algorithms"). Start, step size
// and phases are scikit-learn's (sklearn/manifold/_t_sne.py, 1.2).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "nodes/networks/tsne/affinities.h"
#include "nodes/networks/tsne/quad_tree.h"

namespace cfo::tsne {

struct Settings {
  double perplexity = 30;  ///< how many neighbours count, about; less where there are too few points
  double theta = 0.5;      ///< see QuadTree
  int64_t iterations = 1000;
  int64_t exaggerated = 250;  ///< the first iterations pull `exaggeration` times as much, so that groups find together
  double exaggeration = 12;
};

struct Map {
  std::vector<Point> points;  ///< one a row; centred, and in no unit
  double divergence = 0;      ///< Kullback-Leibler divergence of the map from the affinities, nats
  double perplexity = 0;      ///< that was used
};

/// The map of rows [N, D]. It begins with the first two principal components, so nothing is random: the same rows give
/// the same map. Some milliseconds an iteration for 1,000 points. Throws Error as affinities(), and for fewer than 1
/// iteration.
///
///     const auto map = tsne::map_of(embeddings);
Map map_of(const at::Tensor& rows, const Settings& settings = {});

/// How well a map shows affinities, and where each point should go.
struct Descent {
  std::vector<Point> gradient;  ///< of the divergence
  double divergence = 0;        ///< nats; both approximate unless theta is 0
};

/// `exaggeration` multiplies the affinities in the gradient; the divergence is that of the affinities as they are.
Descent descent(const Affinities& affinities, std::span<const Point> points, double theta, double exaggeration = 1);

}  // namespace cfo::tsne
