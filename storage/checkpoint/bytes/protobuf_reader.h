// The wire format of protocol buffers (protobuf.dev, "Encoding"), read in place: a message is a run of numbered fields.
//
// Why not libprotobuf: its parser copies every `bytes` field into memory of its own (a model would be there twice),
// stops at 2 GB, and descends into whatever the file nests. Here a field is a view of the file, and only messages that
// the caller opens are descended into, so that depth is bounded by the caller's code.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cfo::storage {

/// How a field is written.
enum class ProtobufWire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct ProtobufField {
  std::uint32_t number = 0;
  ProtobufWire wire = ProtobufWire::varint;
  std::uint64_t varint = 0;  ///< the value of a varint
  std::string_view bytes;    ///< what is written: the text, bytes or message, or the number itself
};

/// Walks the fields of one message.
///
///     ProtobufReader message(bytes);
///     while (const auto field = message.next()) use(*field);
///     if (!message.damage().empty()) refuse(message.damage());
class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view message) : rest_(message) {}

  /// The next field; nothing at the end, or where the message is damaged.
  std::optional<ProtobufField> next();

  /// What is wrong with the message, "" while nothing is: a field that is cut off, a number of more than 64 bits, a
  /// field numbered 0, or a kind of field that is not written since 2008 (groups) or unknown.
  std::string_view damage() const { return damage_; }

 private:
  std::optional<ProtobufField> stop(std::string_view damage);

  std::string_view rest_;
  std::string_view damage_;
};

/// Takes the varint at the start of `bytes` off it; nothing when it is cut off or has more than 64 bits.
std::optional<std::uint64_t> take_varint(std::string_view& bytes);

}  // namespace cfo::storage
