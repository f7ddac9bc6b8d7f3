// Whether a model's files are what its network needs.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "nodes/weights/catalogue.h"
#include "nodes/weights/open_codec.h"

namespace cfo::weights {

struct Fit {
  std::size_t tensors = 0;          ///< in the files, as far as they are counted (0 for TorchScript)
  std::vector<std::string> unused;  ///< tensors that the network did not take and that the card does not call unused
  std::string within = {};          ///< where in its file a detector's were found: "state_dict.module.", or ""
};

/// Opens the model's files at `path_of` each and builds the network of inference from them, so that every tensor it
/// needs is looked up by name and shape; then the network is gone. Throws Error for the first that is missing or
/// misshapen, and for a file that cannot be read.
Fit require_fit(const Published& model, const PathOfWeights& path_of);

}  // namespace cfo::weights
