// Fuzzes the reader of .nemo files, plain and compressed tar archives.
#include "storage/checkpoint/formats/nemo.h"
#include "tests/fuzz/reading.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return cfo::fuzz::read_document(data, size, cfo::storage::read_nemo);
}
