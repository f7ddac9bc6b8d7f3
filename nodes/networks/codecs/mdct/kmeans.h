// Codebooks by k-means (Lloyd 1982; Linde, Buzo, Gray 1980).
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

namespace cfo::codecs::mdct {

/// The nearest row of `codebook` [K, D] for each of `vectors` [N, D] float32, int64 [N]; searched in pieces, so that
/// memory stays small however many vectors there are.
at::Tensor nearest_rows(const at::Tensor& codebook, const at::Tensor& vectors);

/// At most `count` rows of `vectors`, drawn without replacement.
at::Tensor draw_rows(const at::Tensor& vectors, int64_t count, at::Generator& random);

/// `size` centroids [size, D] of `vectors` [N, D] float32 on the CPU, N >= size. Starts from vectors drawn by `random`;
/// a centroid that loses all its vectors moves to the vector that is worst served. `tick`, if any, is called once an
/// iteration. The same input gives the same bytes.
at::Tensor k_means(const at::Tensor& vectors, int64_t size, int64_t iterations, at::Generator& random,
                   const std::function<void()>& tick);

}  // namespace cfo::codecs::mdct
