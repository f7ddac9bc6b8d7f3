// Recurrent layers.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::layers {

struct LstmOptions {
  int64_t input = 1;
  int64_t hidden = 1;
  int64_t layers = 1;
  bool bidirectional = false;
  bool skip = false;  ///< adds the input (hidden = input) to the output, to that of each direction, as EnCodec's and
                      ///< SpeechTokenizer's SLSTM do
};

/// torch's LSTM from a zero state over x [B, input, T] -> [B, hidden (x 2 when bidirectional), T]. Takes weight_ih_l0,
/// ... at `scope`.
class Lstm {
 public:
  Lstm(const tensors::WeightScope& scope, const LstmOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  /// Of a few utterances on the CPU, where a step is one pass over the hidden weights and nothing else: steps
  /// [T, B, input] -> [T, B, hidden (x 2)].
  at::Tensor of_few(at::Tensor steps) const;

  LstmOptions options_;
  std::vector<at::Tensor> weights_;
};

}  // namespace cfo::layers
