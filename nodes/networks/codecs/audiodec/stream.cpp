#include "nodes/networks/codecs/audiodec/stream.h"

#include <ATen/ATen.h>

#include "base/error.h"

namespace cfo::codecs {
namespace {

layers::Conv1dOptions unpadded(layers::Conv1dOptions options) {
  options.padding = layers::Padding::fixed(0);
  return options;
}

/// The frame in front makes `stride` samples more, and the kernel's end as many again: both are cut.
layers::ConvTranspose1dOptions cut_at_both_ends(layers::ConvTranspose1dOptions options,
                                                const tensors::WeightScope& scope) {
  if (options.kernel != 2 * options.stride) {
    throw Error("{}: a streamed transposed convolution of stride {} needs kernel {} but the card says {}",
                scope.prefix(), options.stride, 2 * options.stride, options.kernel);
  }
  options.padding = layers::Padding::fixed(options.stride);
  return options;
}

}  // namespace

at::Tensor Stream::extend(const at::Tensor& x, int64_t length) {
  if (next_ == pasts_.size()) pasts_.push_back(at::zeros({1, x.size(1), length}, x.options()));
  auto& past = pasts_[next_++];
  auto extended = at::cat({past.expand({x.size(0), -1, -1}), x}, 2);
  past = extended.narrow(2, x.size(2), length).clone(at::MemoryFormat::Contiguous);
  return extended;
}

StreamConv1d::StreamConv1d(const tensors::WeightScope& scope, const layers::Conv1dOptions& options)
    : past_((options.kernel - 1) * options.dilation), conv_(scope, unpadded(options)) {}

at::Tensor StreamConv1d::operator()(const at::Tensor& x, Stream& stream) const {
  return conv_(stream.extend(x, past_));
}

StreamConvTranspose1d::StreamConvTranspose1d(const tensors::WeightScope& scope,
                                             const layers::ConvTranspose1dOptions& options)
    : conv_(scope, cut_at_both_ends(options, scope)) {}

at::Tensor StreamConvTranspose1d::operator()(const at::Tensor& x, Stream& stream) const {
  return conv_(stream.extend(x, 1));
}

}  // namespace cfo::codecs
