// The tensors of a self-supervised speech encoder: what SslEncoder takes, as a list.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nodes/networks/layers/ssl/ssl_encoder.h"
#include "nodes/networks/layers/ssl/ssl_naming.h"

namespace cfo::layers {

struct SslTensor {
  std::string name;  ///< below the encoder's scope
  std::vector<int64_t> shape;
  int64_t fan_in =
      0;  ///< of the linear layer or convolution that it is of; 0: a norm's, or the positions' gain and bias
};

/// Every tensor that SslEncoder takes for these options, the positions weight-normalised as published, without a
/// projection where the convolutions have the encoder's width.
std::vector<SslTensor> ssl_tensors(const SslOptions& options, const SslNames& names);

}  // namespace cfo::layers
