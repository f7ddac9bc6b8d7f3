// NeMo's .nemo files: a tar archive, plain or gzip-compressed, of a model's weights (model_weights.ckpt, of torch.save)
// and configuration (model_config.yaml) (NVIDIA/NeMo, nemo/core/connectors/save_restore_connector.py).
#pragma once

#include <string>

#include "storage/checkpoint/bytes/bytes.h"
#include "storage/checkpoint/values/value.h"

namespace cfo::storage {

/// The values of model_weights.ckpt; tensors alias the file where the archive is not compressed. Throws Error naming
/// the file for an archive without that member, for one that TarReader refuses, and for a member that is no file of
/// torch.save or is refused as one.
CheckpointDocument read_nemo(const CheckpointBytes& file);

/// The text of model_config.yaml; "" where the archive has none. Throws Error for one of more than 1 MiB and as
/// TarReader does.
std::string nemo_config(const CheckpointBytes& file);

}  // namespace cfo::storage
