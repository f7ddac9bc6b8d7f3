// Official checkpoint files, read safely behind one interface. Files are untrusted input: nothing in them is ever executed.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cfo::storage {

using TensorMap = std::map<std::string, at::Tensor>;

/// How to find the state dict inside a container.
struct CheckpointOptions {
  /// Keys to descend from the top, e.g. {"model"} or {"state_dict"}.
  std::vector<std::string> nesting;
  /// Dotted prefix put before every name.
  std::string prefix;
};

/// Reads every tensor of a checkpoint on the CPU: safetensors, or a torch zip archive (by content, not by extension).
/// Non-tensor values (numbers, strings, unknown objects) are left out; nested dicts become dotted names. Memory-mapped where the container
/// allows. Throws Error with the file, what is wrong and what to do for a missing, truncated, hostile or unknown file, and
/// for a nesting key that is not there (naming those that are).
TensorMap read_checkpoint(const std::filesystem::path& file, const CheckpointOptions& options = {});

/// One line about each entry of a file, for `cfo-inspect checkpoint`.
struct CheckpointEntry {
  std::string name;   ///< dotted path from the top of the container
  std::string type;   ///< "float32", "int64", ..., or what a non-tensor is: "int", "str", "opaque fairseq.X"
  std::vector<int64_t> shape;
};
struct CheckpointSummary {
  std::string container;  ///< "safetensors" or "torch zip"
  std::vector<CheckpointEntry> entries;
};
CheckpointSummary describe_checkpoint(const std::filesystem::path& file);

/// Writes a safetensors file durably, names sorted (so equal tensors give equal bytes). `metadata` goes into __metadata__.
void write_safetensors(const std::filesystem::path& file, const TensorMap& tensors,
                       const std::map<std::string, std::string>& metadata = {});

/// The `__metadata__` of a safetensors file.
std::map<std::string, std::string> read_safetensors_metadata(const std::filesystem::path& file);

}  // namespace cfo::storage
