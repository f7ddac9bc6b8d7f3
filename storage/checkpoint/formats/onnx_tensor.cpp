#include "storage/checkpoint/formats/onnx_tensor.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <iterator>

#include "base/error.h"

namespace cfo::storage {
namespace {

// Field numbers of TensorProto and StringStringEntryProto.
constexpr std::uint32_t dims = 1, data_type = 2, segment = 3, float_data = 4, int32_data = 5, int64_data = 7, name = 8,
                        raw_data = 9, double_data = 10, external_data = 13, data_location = 14;
constexpr std::uint32_t entry_key = 1, entry_value = 2;
constexpr std::uint64_t location_external = 1;
constexpr std::size_t most_external_files = 1024;

/// A TensorProto.DataType: its number, what it is called here, and which typed field may hold its values.
struct OnnxType {
  std::uint64_t number;
  std::string_view name;
  std::uint32_t typed_field;
};
constexpr std::array<OnnxType, 23> types{{
    {1, "float32", float_data},
    {2, "uint8", int32_data},
    {3, "int8", int32_data},
    {4, "uint16", int32_data},
    {5, "int16", int32_data},
    {6, "int32", int32_data},
    {7, "int64", int64_data},
    {8, "string", 0},
    {9, "bool", int32_data},
    {10, "float16", int32_data},
    {11, "float64", double_data},
    {12, "uint32", 0},
    {13, "uint64", 0},
    {14, "complex64", 0},
    {15, "complex128", 0},
    {16, "bfloat16", int32_data},
    {17, "float8e4m3fn", 0},
    {18, "float8e4m3fnuz", 0},
    {19, "float8e5m2", 0},
    {20, "float8e5m2fnuz", 0},
    {21, "uint4", 0},
    {22, "int4", 0},
    {23, "float4e2m1", 0},
}};

void add_dimension(OnnxTensor& tensor, std::uint64_t size, const std::string& origin) {
  if (tensor.shape.size() >= most_dimensions)
    throw Error("{}: an initializer has more than the {} dimensions allowed; get the file again", origin,
                most_dimensions);
  tensor.shape.push_back(static_cast<std::int64_t>(size));
}

/// dims are one varint a field, or all in one packed field.
void add_dimensions(OnnxTensor& tensor, const ProtobufField& field, const std::string& origin) {
  std::string_view sizes = field.bytes;
  while (!sizes.empty()) {
    const auto size = take_varint(sizes);
    if (!size) throw Error("{}: an initializer has a damaged shape; download the file again", origin);
    add_dimension(tensor, *size, origin);
  }
}

void add_typed(OnnxTensor& tensor, const ProtobufField& field, const std::string& origin) {
  if (tensor.typed_field != 0 && tensor.typed_field != field.number)
    throw Error("{}: an initializer has its values twice; the file is damaged or hostile, get it again", origin);
  tensor.typed_field = field.number;
  tensor.typed.push_back(field.bytes);
}

void add_external(OnnxTensor& tensor, std::string_view entry, const std::string& origin) {
  std::string_view key, value;
  each_field(entry, origin, [&](const ProtobufField& field) {
    if (field.number == entry_key) key = field.bytes;
    if (field.number == entry_value) value = field.bytes;
  });
  if (!tensor.external_data.emplace(key, value).second)
    throw Error("{}: an initializer gives the '{}' of its external data twice; get the file again", origin,
                printable(key));
}

[[noreturn]] void refuse_size(const std::string& where, std::uint64_t found, std::uint64_t wanted,
                              std::string_view unit) {
  throw Error("{} has {} {} but its shape and type need {}; the file is damaged or hostile, get it again", where, found,
              unit, wanted);
}

/// A decimal number among the external data, or `otherwise` where there is none.
std::uint64_t external_number(const OnnxTensor& tensor, std::string_view key, std::uint64_t otherwise,
                              const std::string& where) {
  const auto found = tensor.external_data.find(key);
  if (found == tensor.external_data.end()) return otherwise;
  const std::string_view text = found->second;
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size())
    throw Error("{} gives '{}' as the {} of its external data, which is no number of bytes; get the file again", where,
                printable(text), key);
  return number;
}

/// Appends the `width` low bytes of a number; false when it does not fit, as an unsigned or a signed one.
bool append_number(std::string& bytes, std::uint64_t number, std::int64_t width) {
  const auto bits = static_cast<unsigned>(8 * width);
  if (bits < 64) {
    const auto as_signed = static_cast<std::int64_t>(number);
    if (number >> bits != 0 && as_signed >> (bits - 1) != -1) return false;
  }
  bytes.append(reinterpret_cast<const char*>(&number), static_cast<std::size_t>(width));  // little-endian
  return true;
}

/// The values of varint runs as elements of `width` bytes.
std::string decoded(const std::vector<std::string_view>& runs, std::int64_t width, std::int64_t elements,
                    const std::string& where) {
  std::uint64_t values = 0;  // the last byte of each has no high bit
  for (const std::string_view run : runs)
    values += static_cast<std::uint64_t>(std::count_if(run.begin(), run.end(), [](char byte) { return byte >= 0; }));
  if (values != static_cast<std::uint64_t>(elements))
    refuse_size(where, values, static_cast<std::uint64_t>(elements), "values");
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(elements * width));
  for (std::string_view run : runs) {
    while (!run.empty()) {
      const auto number = take_varint(run);
      if (!number || !append_number(bytes, *number, width))
        throw Error("{} has a value that its type cannot hold; the file is damaged, get it again", where);
    }
  }
  return bytes;
}

}  // namespace

OnnxTensor parse_onnx_tensor(std::string_view message, const std::string& origin) {
  OnnxTensor tensor;
  each_field(message, origin, [&](const ProtobufField& field) {
    switch (field.number) {
      case dims:
        return add_dimensions(tensor, field, origin);
      case data_type:
        tensor.type = field.varint;
        return;
      case segment:
        tensor.segmented = true;
        return;
      case float_data:
      case int32_data:
      case int64_data:
      case double_data:
        return add_typed(tensor, field, origin);
      case name:
        tensor.name = field.bytes;
        return;
      case raw_data:
        tensor.raw = field.bytes;
        return;
      case external_data:
        return add_external(tensor, field.bytes, origin);
      case data_location:
        tensor.external = field.varint == location_external;
        return;
      default:
        return;
    }
  });
  return tensor;
}

CheckpointValue OnnxTensors::value(const OnnxTensor& tensor) {
  const std::string where = fmt::format("{}: the initializer '{}'", file_.origin, printable(tensor.name));
  const auto* row =
      std::find_if(types.begin(), types.end(), [&](const auto& type) { return type.number == tensor.type; });
  if (row == types.end()) return {OpaqueValue{"tensor of an unknown type"}};
  const CheckpointType* type = type_named(row->name);
  if (type == nullptr) return {OpaqueValue{row->name}};
  if (tensor.segmented) throw Error("{} is stored in segments, which are not read; export the model again", where);
  std::optional<std::int64_t> elements = 1;
  for (const std::int64_t size : tensor.shape)
    elements = elements && size >= 0 ? product(*elements, size) : std::nullopt;
  const TensorLayout layout{type->type, tensor.shape, contiguous_strides(tensor.shape)};
  if (!elements || !product(*elements, type->bytes)) return {tensor_over({}, layout, where)};  // throws
  const TensorBytes bytes = bytes_of(tensor, *type, row->typed_field, *elements, where);
  return {tensor_over(bytes, layout, where)};
}

TensorBytes OnnxTensors::bytes_of(const OnnxTensor& tensor, const CheckpointType& type, std::uint32_t typed_field,
                                  std::int64_t elements, const std::string& where) {
  const auto size = static_cast<std::uint64_t>(elements * type.bytes);
  const bool is_typed = !tensor.typed.empty();
  if (tensor.raw.has_value() + is_typed + tensor.external > 1)
    throw Error("{} has its values twice; the file is damaged or hostile, get it again", where);
  if (is_typed && tensor.typed_field != typed_field)
    throw Error("{} has its values in a field that is not of its type; the file is damaged, get it again", where);
  if (is_typed) return typed_bytes(tensor, type, elements, where);
  const TensorBytes stored =
      tensor.external ? external_bytes(tensor, size, where) : TensorBytes{tensor.raw.value_or(""), file_.owner};
  if (stored.bytes.size() != size) refuse_size(where, stored.bytes.size(), size, "bytes");
  if (type.type == at::kBool) require_bools(stored.bytes, where);
  return copies_.aligned(stored.bytes, stored.owner);
}

TensorBytes OnnxTensors::typed_bytes(const OnnxTensor& tensor, const CheckpointType& type, std::int64_t elements,
                                     const std::string& where) {
  const bool is_fixed = tensor.typed_field == float_data || tensor.typed_field == double_data;
  std::string bytes;
  if (is_fixed) {
    std::uint64_t found = 0;
    for (const std::string_view run : tensor.typed) found += run.size();
    const auto wanted = static_cast<std::uint64_t>(elements * type.bytes);
    if (found != wanted) refuse_size(where, found, wanted, "bytes");
    if (tensor.typed.size() == 1) return copies_.aligned(tensor.typed.front(), file_.owner);
    bytes.reserve(wanted);
    for (const std::string_view run : tensor.typed) bytes += run;
  } else {
    bytes = decoded(tensor.typed, type.bytes, elements, where);
  }
  if (type.type == at::kBool) require_bools(bytes, where);
  const CheckpointBytes held = bytes_in_memory(file_.origin, std::move(bytes));
  return {held.bytes, held.owner};
}

OnnxTensors::External& OnnxTensors::external_file(std::string_view location, const std::string& where) {
  const auto found = external_.find(location);
  if (found != external_.end()) return found->second;
  if (external_.size() >= most_external_files)
    throw Error("{} is in one of more than {} files of external data; get the file again", where, most_external_files);
  return external_.emplace(std::string(location), External{map_beside(file_, location), {}}).first->second;
}

TensorBytes OnnxTensors::external_bytes(const OnnxTensor& tensor, std::uint64_t size, const std::string& where) {
  const auto location = tensor.external_data.find("location");
  if (location == tensor.external_data.end())
    throw Error("{} has external data but no location of it; the file is damaged, get it again", where);
  const std::uint64_t offset = external_number(tensor, "offset", 0, where);
  const std::uint64_t length = external_number(tensor, "length", size, where);
  if (length != size) refuse_size(where, length, size, "bytes");
  if (size == 0) return {};
  External& external = external_file(location->second, where);
  const auto part = part_of(external.file.bytes, offset, size);
  if (!part)
    throw Error("{} should be the {} bytes from {} of {}, which has only {}; download that file again", where, size,
                offset, external.file.origin, external.file.bytes.size());
  const auto place = external.parts.try_emplace(offset, offset + size).first;
  const auto next = std::next(place);
  const bool runs_into_next = next != external.parts.end() && next->first < offset + size;
  const bool lies_in_last = place != external.parts.begin() && std::prev(place)->second > offset;
  if (place->second != offset + size || runs_into_next || lies_in_last)
    throw Error("{} overlaps the external data of another; the file is damaged or hostile, get it again", where);
  return {*part, external.file.owner};
}

}  // namespace cfo::storage
