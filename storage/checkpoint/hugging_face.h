// Folders as Hugging Face's hub keeps models: one file of weights, or shards and an index that names them
// (huggingface/transformers, utils/hub.py and modeling_utils.py).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "storage/checkpoint/bytes/bytes.h"
#include "storage/checkpoint/values/value.h"

namespace cfo::storage {

/// The file of a model's folder that its weights are read from: model.safetensors, model.safetensors.index.json,
/// pytorch_model.bin or pytorch_model.bin.index.json, the first of them that is there, as from_pretrained chooses.
/// Throws Error naming the folder where none is.
std::filesystem::path weights_in_folder(const std::filesystem::path& folder);

/// The text of config.json in a model's folder; "" where there is none. Throws Error for one of more than 1 MiB.
std::string folder_config(const std::filesystem::path& folder);

/// Whether a file is JSON with a `weight_map`, as *.index.json is.
bool is_shard_index(std::string_view bytes);

/// The values of all shards that the index names, together; they lie beside the index. Throws Error naming the index:
/// damaged JSON, a shard that is missing, leads out of the folder or is neither safetensors nor a file of torch.save, a
/// tensor that is not in the shard that the index says, and one that is in two shards.
CheckpointDocument read_shard_index(const CheckpointBytes& index);

}  // namespace cfo::storage
