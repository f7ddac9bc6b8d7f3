// One line about each entry of a checkpoint.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cfo::storage {

/// One line about each entry of a file, for `cfo-inspect checkpoint`.
struct CheckpointEntry {
  std::string name;  ///< dotted path from the top of the container
  std::string type;  ///< "float32", "int64", ..., or what a non-tensor is: "int", "str", "opaque fairseq.X"
  std::vector<int64_t> shape;
};

}  // namespace cfo::storage
