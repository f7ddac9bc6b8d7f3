// Tensors laid over bytes of an untrusted file: every bound is checked before a tensor exists.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cfo::storage {

/// More dimensions than any real tensor has; a claim of more is refused before it costs memory.
constexpr std::size_t most_dimensions = 64;

/// The element types that checkpoints may hold, with their names in each container.
struct CheckpointType {
  at::ScalarType type;
  std::string_view name;         ///< "float32", as torch prints it
  std::string_view safetensors;  ///< "F32"
  std::string_view storage;      ///< "FloatStorage", torch's class
  std::int64_t bytes;            ///< of one element
};

/// The row of the table whose name is `name` in any of the three spellings, or nullptr.
const CheckpointType* type_named(std::string_view name);
/// The row for `type`, or nullptr for a type that checkpoints here do not hold (complex, quantised).
const CheckpointType* type_of_scalar(at::ScalarType type);
/// "float32", ..., "other" for a type outside the table.
std::string_view dtype_name(at::ScalarType type);

/// a * b, or nothing when it exceeds int64. Both are at least 0.
std::optional<std::int64_t> product(std::int64_t a, std::int64_t b);

/// Bytes that a tensor may alias, aligned for every element type.
struct TensorBytes {
  std::string_view bytes;
  std::shared_ptr<void> owner;
};

/// Copies of bytes that do not start at a multiple of 8 in their file, each made once, and only for tensors that are
/// wanted: of a training checkpoint's optimiser, nothing is copied.
class AlignedCopies {
 public:
  /// The same bytes where they are aligned; else memory of the same size, the same for the same bytes, which `fill`
  /// fills (untouched until then, it costs address space alone).
  TensorBytes aligned(std::string_view bytes, const std::shared_ptr<void>& owner);

  /// Copies what `tensor` lies over, where that is memory of `aligned` and not filled yet.
  void fill(const at::Tensor& tensor);

  /// Takes over the copies of another document.
  void adopt(AlignedCopies&& other);

 private:
  struct Copy {
    TensorBytes memory;
    std::string_view source;
    std::shared_ptr<void> owner;  ///< of the source
    bool filled = false;
  };
  std::map<const char*, Copy, std::less<>> copies_;                   ///< by the start of their memory
  std::map<std::pair<const char*, std::size_t>, TensorBytes> known_;  ///< by source
};

/// Where a tensor lies in its bytes, as a file claims it. Units are elements.
struct TensorLayout {
  at::ScalarType type;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
  std::int64_t offset = 0;
};

std::vector<std::int64_t> contiguous_strides(const std::vector<std::int64_t>& shape);

/// The CPU tensor that aliases `bytes`. `where` begins the sentence of an Error ("x.pt: the tensor over storage '0'"):
/// negative or overflowing shapes, strides and offsets out of range, a storage too small for the tensor, and a
/// broadcast (stride 0) to far more elements than are stored.
at::Tensor tensor_over(const TensorBytes& bytes, const TensorLayout& layout, const std::string& where);

/// Throws Error when `bytes` holds anything but 0 and 1 (which no bool may).
void require_bools(std::string_view bytes, const std::string& where);

}  // namespace cfo::storage
