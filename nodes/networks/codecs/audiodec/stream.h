// Causal convolutions that go on where their last call stopped.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nodes/networks/layers/basic/conv.h"

namespace cfo::codecs {

/// What the causal layers of a network have heard so far: the last inputs of each, in the order in which the network
/// calls them. A new stream has heard zeros at every layer. It is a value: a copy goes on by itself, so a network that
/// is never changed can serve any number of streams.
///
///     Stream stream = warm;             // where every utterance begins
///     stream.rewind();                  // at the first layer
///     auto x = second(first(wave, stream), stream);
class Stream {
 public:
  /// The next layer to ask is the network's first one.
  void rewind() { next_ = 0; }
  /// x [B, C, T] with the `length` inputs before it in front: [B, C, length + T]. Remembers the last `length` of the
  /// whole for the next call. A stream that has heard one utterance is the past of each of B.
  at::Tensor extend(const at::Tensor& x, int64_t length);

 private:
  std::vector<at::Tensor> pasts_;  ///< [1 or B, C, length] a layer
  std::size_t next_ = 0;
};

/// A convolution that sees (kernel - 1) * dilation past inputs: x [B, in, T] -> [B, out, ceil(T / stride)]. `padding`
/// of the options is not used. A strided one begins a frame at the first sample of every call.
class StreamConv1d {
 public:
  StreamConv1d(const tensors::WeightScope& scope, const layers::Conv1dOptions& options);
  at::Tensor operator()(const at::Tensor& x, Stream& stream) const;

 private:
  int64_t past_;
  layers::Conv1d conv_;
};

/// A transposed convolution of kernel 2 * stride that sees 1 past frame: x [B, in, F] -> [B, out, F * stride].
/// `padding` of the options is not used. Throws Error for another kernel.
class StreamConvTranspose1d {
 public:
  StreamConvTranspose1d(const tensors::WeightScope& scope, const layers::ConvTranspose1dOptions& options);
  at::Tensor operator()(const at::Tensor& x, Stream& stream) const;

 private:
  layers::ConvTranspose1d conv_;
};

}  // namespace cfo::codecs
