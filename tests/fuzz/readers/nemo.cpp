// Fuzzes the reader of .nemo files, plain and compressed tar archives.
#include "tests/fuzz/reading.h"
#include "storage/checkpoint/formats/nemo.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return cfo::fuzz::read_document(data, size, cfo::storage::read_nemo);
}
