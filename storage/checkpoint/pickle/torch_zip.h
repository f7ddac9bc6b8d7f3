// The zip archives of torch.save (torch 1.6 and later): data.pkl, one stored entry a storage, byteorder, version.
#pragma once

#include "storage/checkpoint/bytes/bytes.h"
#include "storage/checkpoint/bytes/zip_archive.h"
#include "storage/checkpoint/values/value.h"

namespace cfo::storage {

/// The values of data.pkl. Tensors alias the file where their storages are stored uncompressed (as torch.save does),
/// whatever device they were saved from. Throws Error naming the file: no or several data.pkl, a TorchScript module, a
/// numpy archive, big-endian storages, a newer format, a storage smaller than its tensor, and all that ZipArchive,
/// read_pickle and tensor_over refuse.
CheckpointDocument read_torch_zip(const CheckpointBytes& file);

}  // namespace cfo::storage
