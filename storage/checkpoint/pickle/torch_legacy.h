// The files of torch.save before torch 1.6: pickles one after another, then the storages, with no directory.
#pragma once

#include <string_view>

#include "storage/checkpoint/bytes/bytes.h"
#include "storage/checkpoint/values/value.h"

namespace cfo::storage {

/// Whether a file begins with the pickled magic number of torch.save (torch/serialization.py, MAGIC_NUMBER).
bool is_torch_legacy(std::string_view bytes);

/// The saved object (torch/serialization.py, _legacy_save: magic number, protocol version, sys_info, object, storage
/// keys, then for each key its element count as int64 and its elements). Tensors alias the file where their storage
/// lies at a multiple of 8 bytes in it, and a copy of it where not. What follows the last storage is not looked at,
/// as by torch.load. Throws Error naming the file: big-endian, another protocol version, a storage that is cut off,
/// listed twice or of unknown element size, and all that read_pickle, TorchTensors and tensor_over refuse.
CheckpointDocument read_torch_legacy(const CheckpointBytes& file);

}  // namespace cfo::storage
