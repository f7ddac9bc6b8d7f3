// Fuzzes the reader of ONNX models, with external data beside them.
#include "storage/checkpoint/formats/onnx.h"
#include "tests/fuzz/reading.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return cfo::fuzz::read_document(data, size, cfo::storage::read_onnx);
}
