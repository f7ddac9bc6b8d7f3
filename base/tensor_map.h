// Tensors by name: what a checkpoint file holds and what a network is built from.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

namespace cfo {

/// Official tensor name -> tensor.
using TensorMap = std::map<std::string, at::Tensor>;

}  // namespace cfo
