// Checkpoints as training programs wrap them: module. (DataParallel), _orig_mod. (torch.compile), model. (Lightning), a
// dict of state_dict, optimizer and epoch, and all of these in any order.
#pragma once

#include <string>

#include "base/tensor_map.h"

namespace cfo::weights {

struct WrappedState {
  TensorMap tensors;   ///< under the network's own names
  std::string within;  ///< what stood before them in the file: "state_dict.module.", or ""
};

/// The part of `tensors` (dotted names) that holds the tensors called as in `expected`; what stands beside it (an
/// optimizer's) is left out. `within`: which part, where several fit ("ema", "state_dict.model"); "" finds the one that
/// does. Where none has all of the names the nearest is given, for the network to say what it lacks. Throws Error
/// naming `origin` when several fit, or `within` is not there.
WrappedState find_state(TensorMap tensors, const TensorMap& expected, const std::string& within,
                        const std::string& origin);

}  // namespace cfo::weights
