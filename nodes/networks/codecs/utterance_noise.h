// The random numbers of decoders that draw some: each utterance of a batch has a stream of its own.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nodes/networks/codecs/codec.h"

namespace cfo::codecs {

/// One stream an utterance, begun anew from its seed (0 where there is none), so that an utterance gets the same
/// numbers in any batch.
class UtteranceNoise {
 public:
  explicit UtteranceNoise(const Latent& latent);
  /// The next standard normal numbers of every utterance: [B, shape...] on the latent's device.
  at::Tensor draw(const std::vector<int64_t>& shape) const;

 private:
  std::vector<at::Generator> streams_;
  c10::Device device_;
};

}  // namespace cfo::codecs
