// Where the time of some tensor code goes.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace cfo::bench {

/// All calls of one operator with weights of one shape.
struct LayerTime {
  std::string layer;   ///< "conv1d 64x32x7", "lstm", "elu"
  double seconds = 0;  ///< wall time
  double share = 0;    ///< of the time of all operators
};

/// The `most` operators that `work` spends most time in, the slowest first. Times `work` on the calling thread, by the
/// operators that the code itself calls (at::RecordFunction); what those call belongs to them. Not for nested use.
std::vector<LayerTime> slowest_layers(const std::function<void()>& work, std::size_t most);

}  // namespace cfo::bench
