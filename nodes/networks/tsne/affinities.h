// Which points are near each other, and how near: what t-SNE draws (van der Maaten and Hinton 2008, "Visualizing data
// using t-SNE", section 2).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace cfo::tsne {

/// A sparse symmetric matrix P of sum 1 with an empty diagonal: row i has the entries first[i] to first[i + 1], its
/// columns ascending.
struct Affinities {
  std::vector<std::size_t> first;
  std::vector<std::size_t> column;
  std::vector<double> value;
  std::size_t points() const { return first.size() - 1; }
};

/// Of rows [N, D]: each row shares its probability among its nearest 3 * perplexity others by a Gaussian of that
/// perplexity, and p_ij is the mean of both directions over N (van der Maaten 2014, "Accelerating t-SNE using
/// tree-based algorithms", section 4.1). The nearest are exact. Throws Error for fewer than 4 rows, for rows that are
/// not finite, and for a perplexity below 1 or above (N - 1) / 3.
Affinities affinities(const at::Tensor& rows, double perplexity);

}  // namespace cfo::tsne
