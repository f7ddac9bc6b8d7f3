// Fuzzes the reader of torch.save's files before torch 1.6.
#include "storage/checkpoint/pickle/torch_legacy.h"
#include "tests/fuzz/reading.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return cfo::fuzz::read_document(data, size, cfo::storage::read_torch_legacy);
}
