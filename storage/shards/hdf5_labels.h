// The `label` column of shards and embeddings. For use inside storage/ only.
#pragma once

#include <vector>

#include "storage/hdf5/file.h"
#include "storage/label.h"

namespace cfo::storage {

/// Throws Error for a value that is neither 0 (bona fide) nor 1 (spoof).
std::vector<Label> read_labels(const Hdf5File& file);
void write_labels(Hdf5File& file, std::span<const Label> labels);

}  // namespace cfo::storage
