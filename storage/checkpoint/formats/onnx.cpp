#include "storage/checkpoint/formats/onnx.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/error.h"
#include "storage/checkpoint/bytes/protobuf_reader.h"
#include "storage/checkpoint/formats/onnx_tensor.h"

namespace cfo::storage {
namespace {

// Field numbers of ModelProto, GraphProto and SparseTensorProto.
constexpr std::uint32_t ir_version = 1, model_version = 5, doc_string = 6, graph = 7, opset_import = 8,
                        metadata_props = 14;
constexpr std::uint32_t initializer = 5, sparse_initializer = 15;
constexpr std::uint32_t sparse_values = 1;
constexpr std::uint64_t newest_ir_version = 31;  // 13 at the time of writing
constexpr std::size_t most_initializers = 1'000'000;

/// Whether `bytes` begin with the tag of one of the fields 1 to `most` as messages or texts.
bool begins_with_field(std::string_view bytes, unsigned char most) {
  if (bytes.empty()) return false;
  const auto tag = static_cast<unsigned char>(bytes[0]);
  return (tag & 7) == static_cast<unsigned char>(ProtobufWire::bytes) && tag >> 3 >= 1 && tag >> 3 <= most;
}

bool is_text(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](unsigned char c) { return c >= 0x20 || c == '\n' || c == '\r' || c == '\t'; });
}

/// The length-delimited field at the start of `bytes`, whole or cut off: its number and as much of it as there is.
std::optional<ProtobufField> field_begun(std::string_view bytes) {
  const auto tag = take_varint(bytes);
  const auto length = take_varint(bytes);
  if (!tag || !length || (*tag & 7) != static_cast<unsigned>(ProtobufWire::bytes)) return std::nullopt;
  return ProtobufField{static_cast<std::uint32_t>(*tag >> 3), ProtobufWire::bytes, 0, bytes.substr(0, *length)};
}

class GraphReader {
 public:
  explicit GraphReader(const CheckpointBytes& file) : file_(file), tensors_(file, document_.copies) {}

  CheckpointDocument read(std::string_view message) {
    each_field(message, file_.origin, [this](const ProtobufField& field) {
      if (field.number == initializer) add(parse_onnx_tensor(field.bytes, file_.origin));
      if (field.number == sparse_initializer) add_sparse(field.bytes);
    });
    document_.root = document_.add({std::move(initializers_)});
    return std::move(document_);
  }

 private:
  void add(const OnnxTensor& tensor) { add(tensor.name, tensors_.value(tensor)); }

  void add_sparse(std::string_view message) {
    std::string_view named;
    each_field(message, file_.origin, [&](const ProtobufField& field) {
      if (field.number == sparse_values) named = parse_onnx_tensor(field.bytes, file_.origin).name;
    });
    add(named, {OpaqueValue{"sparse tensor"}});
  }

  void add(std::string_view name, CheckpointValue value) {
    if (name.empty())
      throw Error("{}: the ONNX model is damaged (an initializer has no name); download it again", file_.origin);
    if (initializers_.items.size() >= most_initializers)
      throw Error("{}: the ONNX model has more than {} initializers; the file is hostile, get it again", file_.origin,
                  most_initializers);
    initializers_.items.emplace_back(document_.add({TextValue{std::string(name)}}), document_.add(std::move(value)));
  }

  const CheckpointBytes& file_;
  CheckpointDocument document_;
  OnnxTensors tensors_;
  MappingValue initializers_;
};

}  // namespace

bool is_onnx(std::string_view bytes) {
  if (!bytes.starts_with('\x08')) return false;  // ir_version comes first
  bytes.remove_prefix(1);
  const auto version = take_varint(bytes);
  if (!version || *version < 1 || *version > newest_ir_version) return false;
  if (bytes.starts_with(static_cast<char>(model_version << 3))) {
    bytes.remove_prefix(1);
    if (!take_varint(bytes)) return false;
  }
  const auto field = field_begun(bytes);
  if (!field) return false;
  if (field->number == graph) return begins_with_field(field->bytes, sparse_initializer);
  if (field->number == opset_import || field->number == metadata_props)
    return field->bytes.starts_with('\x0a') || field->bytes.starts_with('\x10');
  return field->number > ir_version && field->number <= doc_string && field->bytes.size() < 4096 &&
         is_text(field->bytes);
}

CheckpointDocument read_onnx(const CheckpointBytes& file) {
  std::optional<std::string_view> found;
  each_field(file.bytes, file.origin, [&](const ProtobufField& field) {
    if (field.number != graph) return;
    if (found) throw Error("{}: the ONNX model is damaged (it has two graphs); download it again", file.origin);
    found = field.bytes;
  });
  if (!found)
    throw Error("{}: the ONNX model has no graph, so it was cut off or holds no network; download it again",
                file.origin);
  return GraphReader(file).read(*found);
}

}  // namespace cfo::storage
