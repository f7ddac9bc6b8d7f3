// Fuzzes the reader of Hugging Face's indices, with shards beside them.
#include "storage/checkpoint/hugging_face.h"
#include "tests/fuzz/reading.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return cfo::fuzz::read_document(data, size, cfo::storage::read_shard_index);
}
