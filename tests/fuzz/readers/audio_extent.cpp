// Fuzzes the search for where a file's audio ends; what it holds is libsndfile's to read.
#include <fstream>

#include "storage/audio/extent.h"
#include "tests/fuzz/reading.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return cfo::fuzz::read_bytes(data, size, [](const cfo::storage::CheckpointBytes& bytes) {
    const auto file = cfo::fuzz::folder() / "x.wav";
    std::ofstream(file, std::ios::binary) << bytes.bytes;
    cfo::storage::audio_extent(file);
  });
}
