// How much arithmetic some tensor code does.
#pragma once

#include <cstdint>
#include <functional>

namespace cfo::bench {

/// Multiply-adds of convolutions (plain and transposed), matrix products and LSTMs. Element-wise work, normalisations
/// and Fourier transforms are left out, as is usual where a share of the matrix-multiply peak is told.
struct OperationCount {
  int64_t convolution = 0;
  int64_t matrix = 0;  ///< mm, bmm, addmm, ... and what linear layers, einsum, attention and recurrent cells become
  int64_t multiply_adds() const { return convolution + matrix; }
  double flops() const { return 2.0 * static_cast<double>(multiply_adds()); }
};

/// Counts what `work` does on the calling thread, from the shapes that libtorch's operators are called with
/// (at::RecordFunction). Not for nested use.
OperationCount count_operations(const std::function<void()>& work);

}  // namespace cfo::bench
