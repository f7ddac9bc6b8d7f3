// Fuzzes the choice of a reader by what a file begins with, and whatever reader that is.
#include "storage/checkpoint/container.h"
#include "tests/fuzz/reading.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return cfo::fuzz::read_document(data, size, [](const cfo::storage::CheckpointBytes& file) {
    return cfo::storage::container_of(file).read(file);
  });
}
