#include "storage/checkpoint/values/tensor.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <limits>

#include "base/error.h"

namespace cfo::storage {
namespace {

constexpr std::array<CheckpointType, 10> types{{
    {at::kDouble, "float64", "F64", "DoubleStorage", 8},
    {at::kFloat, "float32", "F32", "FloatStorage", 4},
    {at::kHalf, "float16", "F16", "HalfStorage", 2},
    {at::kBFloat16, "bfloat16", "BF16", "BFloat16Storage", 2},
    {at::kLong, "int64", "I64", "LongStorage", 8},
    {at::kInt, "int32", "I32", "IntStorage", 4},
    {at::kShort, "int16", "I16", "ShortStorage", 2},
    {at::kChar, "int8", "I8", "CharStorage", 1},
    {at::kByte, "uint8", "U8", "ByteStorage", 1},
    {at::kBool, "bool", "BOOL", "BoolStorage", 1},
}};

// A tensor may repeat stored elements (stride 0); beyond this many it would be a decompression bomb.
constexpr std::int64_t most_repeated_elements = 1 << 24;

std::optional<std::int64_t> sum(std::int64_t a, std::int64_t b) {
  if (a > std::numeric_limits<std::int64_t>::max() - b) return std::nullopt;
  return a + b;
}

/// The number of elements; the sizes other than 0 must multiply without overflow even when the tensor is empty.
std::int64_t checked_elements(const TensorLayout& layout, const std::string& where) {
  std::int64_t nonzero = 1;
  bool empty = false;
  for (const std::int64_t size : layout.shape) {
    if (size < 0) throw Error("{} has a negative size ({}); the file is damaged or hostile, get it again", where, size);
    empty = empty || size == 0;
    const auto next = product(nonzero, std::max<std::int64_t>(size, 1));
    if (!next || *next > std::numeric_limits<std::int64_t>::max() / 8)
      throw Error("{} has a shape whose element count overflows; the file is damaged or hostile, get it again", where);
    nonzero = *next;
  }
  return empty ? 0 : nonzero;
}

/// One past the last element that the tensor touches, counted from the start of its storage.
std::int64_t checked_reach(const TensorLayout& layout, const std::string& where) {
  std::optional<std::int64_t> last = layout.offset;
  for (std::size_t i = 0; i < layout.shape.size() && last; ++i) {
    const auto step = product(layout.shape[i] - 1, layout.strides[i]);
    last = step ? sum(*last, *step) : std::nullopt;
  }
  if (last) last = sum(*last, 1);
  if (!last) throw Error("{} has strides that overflow; the file is damaged or hostile, get it again", where);
  return *last;
}

void check_dimensions(const TensorLayout& layout, const std::string& where) {
  if (layout.shape.size() > most_dimensions)
    throw Error("{} has {} dimensions, more than the {} allowed; get the file again", where, layout.shape.size(),
                most_dimensions);
  if (layout.strides.size() != layout.shape.size())
    throw Error("{} has {} sizes but {} strides; the file is damaged or hostile, get it again", where,
                layout.shape.size(), layout.strides.size());
  if (layout.offset < 0 || std::any_of(layout.strides.begin(), layout.strides.end(), [](auto s) { return s < 0; }))
    throw Error("{} has a negative stride or offset; the file is damaged or hostile, get it again", where);
}

}  // namespace

const CheckpointType* type_named(std::string_view name) {
  const auto found = std::find_if(types.begin(), types.end(), [&](const CheckpointType& row) {
    return name == row.name || name == row.safetensors || name == row.storage;
  });
  return found == types.end() ? nullptr : &*found;
}

const CheckpointType* type_of_scalar(at::ScalarType type) {
  const auto found = std::find_if(types.begin(), types.end(), [&](const auto& row) { return row.type == type; });
  return found == types.end() ? nullptr : &*found;
}

std::string_view dtype_name(at::ScalarType type) {
  const CheckpointType* row = type_of_scalar(type);
  return row ? row->name : "other";
}

std::optional<std::int64_t> product(std::int64_t a, std::int64_t b) {
  if (a != 0 && b > std::numeric_limits<std::int64_t>::max() / a) return std::nullopt;
  return a * b;
}

TensorBytes AlignedCopies::aligned(std::string_view bytes, const std::shared_ptr<void>& owner) {
  constexpr std::uintptr_t alignment = 8;
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignment == 0 || bytes.empty()) return {bytes, owner};
  const auto [known, is_new] = known_.try_emplace({bytes.data(), bytes.size()});
  if (!is_new) return known->second;
  const at::Tensor memory = at::empty({static_cast<std::int64_t>(bytes.size())}, at::kByte);
  const auto* start = static_cast<const char*>(memory.data_ptr());
  known->second = {{start, bytes.size()}, std::make_shared<at::Tensor>(memory)};
  copies_.emplace(start, Copy{known->second, bytes, owner});
  return known->second;
}

void AlignedCopies::fill(const at::Tensor& tensor) {
  if (tensor.numel() == 0) return;
  const auto* data = static_cast<const char*>(tensor.data_ptr());
  const auto after = copies_.upper_bound(data);
  if (after == copies_.begin()) return;
  Copy& copy = std::prev(after)->second;
  if (copy.filled || data >= copy.memory.bytes.data() + copy.memory.bytes.size()) return;
  std::memcpy(const_cast<char*>(copy.memory.bytes.data()), copy.source.data(), copy.source.size());
  copy.filled = true;
}

void AlignedCopies::adopt(AlignedCopies&& other) {
  copies_.merge(other.copies_);
  known_.merge(other.known_);
}

std::vector<std::int64_t> contiguous_strides(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = product(strides[i], std::max<std::int64_t>(shape[i], 1)).value_or(0);
  return strides;
}

at::Tensor tensor_over(const TensorBytes& bytes, const TensorLayout& layout, const std::string& where) {
  check_dimensions(layout, where);
  const std::int64_t elements = checked_elements(layout, where);
  if (elements == 0) return at::empty(layout.shape, at::TensorOptions(layout.type));
  const std::int64_t width = type_of_scalar(layout.type)->bytes;
  const std::int64_t stored = static_cast<std::int64_t>(bytes.bytes.size()) / width;
  const std::int64_t reach = checked_reach(layout, where);
  if (reach > stored)
    throw Error("{} reaches element {} of a storage of {}; the file is damaged or hostile, get it again", where, reach,
                stored);
  if (elements > std::max(stored, most_repeated_elements))
    throw Error(
        "{} repeats {} stored elements into {}, as only a hostile file does; get the file from its official "
        "source",
        where, stored, elements);
  // Tensors over the mapping are privately writable, so dropping const here lets nothing reach the file.
  void* data = const_cast<char*>(bytes.bytes.data()) + layout.offset * width;
  return at::from_blob(
      data, layout.shape, layout.strides, [owner = bytes.owner](void*) {}, at::TensorOptions(layout.type));
}

void require_bools(std::string_view bytes, const std::string& where) {
  const bool valid = std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == 0 || byte == 1; });
  if (!valid)
    throw Error("{} is of type bool but holds bytes other than 0 and 1; the file is damaged, get it again", where);
}

}  // namespace cfo::storage
