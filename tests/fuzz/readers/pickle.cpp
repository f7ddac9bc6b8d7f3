// Fuzzes the reader of pickles alone; any storage that a pickle names holds 64 bytes.
#include "storage/checkpoint/pickle/torch_tensors.h"
#include "tests/fuzz/reading.h"

namespace {

using namespace cfo;
using namespace cfo::storage;

CheckpointDocument read(const CheckpointBytes& file) {
  static const std::string elements(64, '\1');
  const auto find = [](std::string_view) { return std::optional(CheckpointBytes{"fuzzed", elements, nullptr}); };
  CheckpointDocument document;
  TorchTensors tensors({file.origin, "", find}, document.copies);
  document.root = read_pickle(file.bytes, file.origin, document, tensors).root;
  return document;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return cfo::fuzz::read_document(data, size, read);
}
