#include "storage/checkpoint/bytes/protobuf_reader.h"

#include <cstddef>

namespace cfo::storage {

std::optional<std::uint64_t> take_varint(std::string_view& bytes) {
  constexpr std::size_t longest = 10;  // 64 bits in groups of 7
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < longest && i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (i + 1 == longest && byte > 1) return std::nullopt;
    number |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      bytes.remove_prefix(i + 1);
      return number;
    }
  }
  return std::nullopt;
}

std::optional<ProtobufField> ProtobufReader::stop(std::string_view damage) {
  damage_ = damage;
  rest_ = {};
  return std::nullopt;
}

std::optional<ProtobufField> ProtobufReader::next() {
  constexpr std::string_view cut_off = "a field is cut off";
  constexpr unsigned wire_bits = 3;
  constexpr std::uint64_t most_fields = 1u << 29;
  if (rest_.empty()) return std::nullopt;
  const auto tag = take_varint(rest_);
  if (!tag) return stop(cut_off);
  if (*tag >> wire_bits == 0 || *tag >> wire_bits >= most_fields) return stop("a field has no valid number");
  ProtobufField field{static_cast<std::uint32_t>(*tag >> wire_bits), static_cast<ProtobufWire>(*tag & 7), 0, {}};
  std::uint64_t size = 0;
  switch (field.wire) {
    case ProtobufWire::varint: {
      const std::string_view before = rest_;
      const auto number = take_varint(rest_);
      if (!number) return stop(cut_off);
      field.varint = *number;
      field.bytes = before.substr(0, before.size() - rest_.size());
      return field;
    }
    case ProtobufWire::bytes: {
      const auto length = take_varint(rest_);
      if (!length) return stop(cut_off);
      size = *length;
      break;
    }
    case ProtobufWire::fixed64:
      size = sizeof(std::uint64_t);
      break;
    case ProtobufWire::fixed32:
      size = sizeof(std::uint32_t);
      break;
    default:
      return stop("a field is of a kind that is not written any more");
  }
  if (size > rest_.size()) return stop(cut_off);
  field.bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return field;
}

}  // namespace cfo::storage
