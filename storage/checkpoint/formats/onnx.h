// The initializers of an ONNX model (github.com/onnx/onnx, onnx/onnx.proto): a ModelProto whose GraphProto lists them.
#pragma once

#include <string_view>

#include "storage/checkpoint/bytes/bytes.h"
#include "storage/checkpoint/values/value.h"

namespace cfo::storage {

/// Whether a file begins as exporters begin an ONNX model: a small ir_version, then other fields of ModelProto, as far
/// as the first text, opset or graph, which must look like one.
bool is_onnx(std::string_view bytes);

/// A mapping of the graph's initializers by name. Nodes are passed over, and with them the subgraphs that they hold.
/// Tensors alias the file (raw_data, packed float_data and double_data), or the file of external data beside it, where
/// they lie aligned; what is written as varints (int32_data, int64_data) is decoded. A sparse initializer, and one of
/// an element type outside the table of checkpoint_tensor.cpp, is an OpaqueValue. Throws Error naming the file: a
/// damaged message, several graphs or none, an initializer without a name, and as OnnxTensors does.
CheckpointDocument read_onnx(const CheckpointBytes& file);

}  // namespace cfo::storage
