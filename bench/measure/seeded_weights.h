// Weights of no meaning with the shapes of published ones: the speed of a network does not depend on their values.
#pragma once

#include <filesystem>
#include <string>

#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::bench {

/// Tensors by official names. `like`: the folder of a golden record, whose manifest.json lists names, shapes and ranges
/// under `weights` (tests/golden, shared/golden of the development workplace); or a file as tests/full_size/lists.h5
/// with the names and shapes of the published network `model`, where its golden record is smaller. Throws Error naming
/// the file when it holds no such list.
layers::TensorMap seeded_weights(const std::filesystem::path& like, const std::string& model);

}  // namespace cfo::bench
