// The safetensors container (huggingface/safetensors, README "Format"): u64 header size, JSON header, tensor bytes.
#pragma once

#include <string_view>

#include "storage/checkpoint/bytes/bytes.h"
#include "storage/checkpoint/values/value.h"

namespace cfo::storage {

/// Whether a file begins as safetensors: a header size, then a JSON object.
bool is_safetensors(std::string_view bytes);

/// A mapping of tensors that alias the file, and "__metadata__", a mapping of texts, where there is one. As the format
/// demands, the tensors must fill the data exactly, without gaps or overlaps. Throws Error naming the file.
CheckpointDocument read_safetensors(const CheckpointBytes& file);

}  // namespace cfo::storage
