// What every reader promises for any bytes at all: it reads them, or throws an Error that names the file. Anything else
// ends the program.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>

#include "storage/checkpoint/bytes/bytes.h"
#include "storage/checkpoint/values/value.h"

namespace cfo::fuzz {

/// How inputs ended, since the program began.
struct Tally {
  std::uint64_t read = 0;
  std::uint64_t refused = 0;
};
Tally& tally();

using Read = storage::CheckpointDocument (*)(const storage::CheckpointBytes& file);

/// Reads `data` as a file that lies in a folder with a few others ("weights.bin", "a.safetensors", "b.bin"), looks at
/// every element of every tensor, where a sanitizer sees one that is out of bounds, and lists the entries. Returns 0,
/// as LLVMFuzzerTestOneInput does.
int read_document(const std::uint8_t* data, std::size_t size, Read read);

/// The same for what is no checkpoint: `read` gets the bytes.
int read_bytes(const std::uint8_t* data, std::size_t size, void (*read)(const storage::CheckpointBytes& file));

/// A folder of this process, with the files above; removed at its end.
const std::filesystem::path& folder();

}  // namespace cfo::fuzz
