// Official checkpoint files, read safely behind one interface. Files are untrusted input: nothing in them is ever
// executed.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/tensor_map.h"
#include "storage/checkpoint/values/entry.h"

namespace cfo::storage {

/// How to find the state dict inside a container.
struct CheckpointOptions {
  /// Keys to descend from the top, e.g. {"model"} or {"state_dict"}.
  std::vector<std::string> nesting;
  /// Dotted prefix put before every name.
  std::string prefix;
};

/// Reads every tensor of a checkpoint on the CPU: safetensors, a torch zip archive, a legacy torch pickle (torch.save
/// before 1.6), NeMo's tar archive around one of the two, a numpy array (.npy), the initializers of an ONNX model (with
/// its external data), or the shards of a Hugging Face index, told apart by content, not by extension; of a folder, the
/// weights that Hugging Face keeps there. Non-tensor values (numbers, strings, unknown objects) are left out; nested
/// dicts become dotted names. Memory-mapped where the container allows: tensors then alias a private copy-on-write
/// mapping, so the file must not be changed in place while they live (replacing it by rename is fine). A file that is
/// one tensor names it by the prefix, or "tensor" where there is none. Throws Error with the file, what is wrong and
/// what to do for a missing, truncated, hostile or unknown file, and for a missing nesting key (naming those that are
/// there).
TensorMap read_checkpoint(const std::filesystem::path& file, const CheckpointOptions& options = {});

/// What a checkpoint holds, for `cfo-inspect checkpoint`.
struct CheckpointSummary {
  std::string container;  ///< "safetensors", "torch zip", "torch legacy", "NeMo", "numpy array", ...
  std::vector<CheckpointEntry> entries;
};
/// What a checkpoint holds, in the order of the file; lists of plain values are one entry. Throws as `read_checkpoint`.
CheckpointSummary describe_checkpoint(const std::filesystem::path& file);

/// The YAML text of the configuration that came with a model's weights: model_config.yaml of a .nemo file, config.json
/// (JSON is YAML) of a Hugging Face folder; "" for a file that holds none. Throws as `read_checkpoint` for a file that
/// cannot be read and for a damaged or hostile archive.
std::string read_model_config(const std::filesystem::path& file);

/// Writes a safetensors file durably. Its bytes depend on the names, types, shapes, values and `metadata` (which goes
/// into
/// __metadata__) only: names are sorted, the data lies by element size, then name. Throws OutOfSpace or Error naming
/// the file, for a tensor that is undefined, sparse or of an element type outside float64/32/16, bfloat16,
/// int64/32/16/8, uint8 and bool, and for a name that is no UTF-8.
void write_safetensors(const std::filesystem::path& file, const TensorMap& tensors,
                       const std::map<std::string, std::string>& metadata = {});

/// The `__metadata__` of a safetensors file.
std::map<std::string, std::string> read_safetensors_metadata(const std::filesystem::path& file);

}  // namespace cfo::storage
