// The tensors of an ONNX model: what a TensorProto says, laid over the bytes that it means.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "storage/checkpoint/bytes/bytes.h"
#include "storage/checkpoint/bytes/protobuf_reader.h"
#include "storage/checkpoint/values/tensor.h"
#include "storage/checkpoint/values/value.h"

namespace cfo::storage {

/// A TensorProto (onnx/onnx.proto) as the file claims it; the views are of the file.
struct OnnxTensor {
  std::string_view name;
  std::vector<std::int64_t> shape;
  std::uint64_t type = 0;               ///< TensorProto.DataType
  std::optional<std::string_view> raw;  ///< raw_data
  /// The runs of float_data, int32_data, int64_data or double_data: which of them, by field number, and their bytes.
  std::uint32_t typed_field = 0;
  std::vector<std::string_view> typed;
  bool segmented = false;
  bool external = false;  ///< data_location
  std::map<std::string_view, std::string_view> external_data;
};

/// Hands every field of `message` to `take`. Throws Error naming `origin` for a damaged one.
template <typename Take>
void each_field(std::string_view message, const std::string& origin, const Take& take) {
  ProtobufReader reader(message);
  while (const auto field = reader.next()) take(*field);
  if (!reader.damage().empty())
    throw Error("{}: the ONNX model is damaged or cut off ({}); download it again", origin, reader.damage());
}

/// Reads a TensorProto. Throws Error naming `origin` for a damaged message, one of more dimensions than any tensor has,
/// and one whose values are in several typed fields.
OnnxTensor parse_onnx_tensor(std::string_view message, const std::string& origin);

/// The tensors of one model.
class OnnxTensors {
 public:
  OnnxTensors(const CheckpointBytes& file, AlignedCopies& copies) : file_(file), copies_(copies) {}

  /// The value of a tensor: a Tensor, or an OpaqueValue for an element type that is not held here. Throws Error naming
  /// the file for values that do not fit shape and type, that are there twice or in segments, and for external data
  /// that lead out of the model's folder, are not there, reach outside their file or overlap another tensor's.
  CheckpointValue value(const OnnxTensor& tensor);

 private:
  struct External {
    CheckpointBytes file;
    std::map<std::uint64_t, std::uint64_t> parts;  ///< begin -> end of each tensor's bytes
  };

  TensorBytes bytes_of(const OnnxTensor& tensor, const CheckpointType& type, std::uint32_t typed_field,
                       std::int64_t elements, const std::string& where);
  TensorBytes external_bytes(const OnnxTensor& tensor, std::uint64_t size, const std::string& where);
  TensorBytes typed_bytes(const OnnxTensor& tensor, const CheckpointType& type, std::int64_t elements,
                          const std::string& where);
  External& external_file(std::string_view location, const std::string& where);

  const CheckpointBytes& file_;
  AlignedCopies& copies_;
  std::map<std::string, External, std::less<>> external_;
};

}  // namespace cfo::storage
