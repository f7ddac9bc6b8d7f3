// Fuzzes the reader of safetensors.
#include "storage/checkpoint/formats/safetensors.h"
#include "tests/fuzz/reading.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return cfo::fuzz::read_document(data, size, cfo::storage::read_safetensors);
}
