#include "nodes/networks/layers/basic/conv.h"

#include "base/error.h"

namespace cfo::layers {
namespace {

at::Tensor extend(const at::Tensor& x, int64_t left, int64_t right, PadMode mode) {
  switch (mode) {
    case PadMode::zero:
      return at::constant_pad_nd(x, {left, right}, 0);
    case PadMode::reflect:
      return at::reflection_pad1d(x, {left, right});
    case PadMode::replicate:
      return at::replication_pad1d(x, {left, right});
  }
  throw Error("a padding mode is unknown; use zero, reflect or replicate");
}

/// Right padding that makes the last frame whole (facebookresearch/encodec, modules/conv.py,
/// get_extra_padding_for_conv1d).
int64_t extra_right(int64_t length, int64_t span, int64_t stride, int64_t total) {
  const int64_t frames = (length - span + total + stride - 1) / stride + 1;  // rounded up
  return (frames - 1) * stride + span - total - length;
}

at::Tensor optional_bias(const tensors::WeightScope& scope, bool wanted, int64_t out) {
  return wanted ? scope.take("bias", {out}) : at::Tensor();
}

/// Most codecs upsample with a kernel of two strides: then an output sees two inputs alone, and all `stride` outputs
/// between two inputs come from one convolution over them, nearly twice as fast as libtorch's transposed one.
bool sees_two_inputs(const ConvTranspose1dOptions& options) {
  return options.groups == 1 && options.kernel == 2 * options.stride;
}

/// weight [in, out, 2 stride] of a transposed convolution -> [out * stride, in, 2] of the convolution that does its
/// work: the input before takes the second half of the kernel, the input itself the first.
at::Tensor over_two_inputs(const at::Tensor& weight, int64_t stride) {
  const auto taps = at::stack({weight.slice(2, stride), weight.slice(2, 0, stride)}, 3);
  return taps.permute({1, 2, 0, 3}).reshape({-1, weight.size(0), 2}).contiguous();
}

/// The whole output [B, out, (T + 1) * stride] of the transposed convolution of x [B, in, T].
at::Tensor upsample_over_two_inputs(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                    int64_t stride) {
  const auto columns = at::conv1d(x, weight, bias, /*stride=*/1, /*padding=*/1);
  const int64_t steps = columns.size(2);
  return columns.view({x.size(0), -1, stride, steps}).transpose(2, 3).reshape({x.size(0), -1, steps * stride});
}

}  // namespace

at::Tensor pad(const at::Tensor& x, int64_t left, int64_t right, PadMode mode) {
  if (left == 0 && right == 0) return x;
  const int64_t length = x.size(-1), widest = std::max(left, right);
  if (mode != PadMode::reflect || length > widest) return extend(x, left, right, mode);
  const int64_t surplus = widest - length + 1;
  const auto padded = extend(at::constant_pad_nd(x, {0, surplus}, 0), left, right, mode);
  return padded.narrow(-1, 0, padded.size(-1) - surplus);
}

at::Tensor trim(const at::Tensor& x, int64_t total, Padding::Rule rule) {
  const int64_t left = rule == Padding::Rule::causal ? 0 : total - total / 2;
  return x.narrow(-1, left, x.size(-1) - total);
}

Conv1d::Conv1d(const tensors::WeightScope& scope, const Conv1dOptions& options)
    : Conv1d(scope.take_folded("weight", {options.out, options.in / options.groups, options.kernel}),
             optional_bias(scope, options.bias, options.out), options) {}

Conv1d::Conv1d(at::Tensor weight, at::Tensor bias, const Conv1dOptions& options)
    : options_(options), weight_(std::move(weight)), bias_(std::move(bias)) {}

at::Tensor Conv1d::operator()(const at::Tensor& x) const {
  const auto& padding = options_.padding;
  if (padding.rule == Padding::Rule::fixed) {
    if (padding.mode == PadMode::zero) return convolve(x, padding.amount);
    return convolve(pad(x, padding.amount, padding.amount, padding.mode), 0);
  }
  const int64_t span = (options_.kernel - 1) * options_.dilation + 1, total = span - options_.stride;
  const int64_t extra = extra_right(x.size(-1), span, options_.stride, total);
  const int64_t right = padding.rule == Padding::Rule::causal ? 0 : total / 2;
  return convolve(pad(x, total - right, right + extra, padding.mode), 0);
}

at::Tensor Conv1d::convolve(const at::Tensor& x, int64_t padding) const {
  return at::conv1d(x, weight_, bias_, options_.stride, padding, options_.dilation, options_.groups);
}

Conv1d Conv1d::scaled(double factor) const {
  return Conv1d(weight_ * factor, bias_.defined() ? bias_ * factor : bias_, options_);
}

Conv1d Conv1d::unpadded() const {
  auto options = options_;
  options.padding = Padding::fixed(0);
  return Conv1d(weight_, bias_, options);
}

ConvTranspose1d::ConvTranspose1d(const tensors::WeightScope& scope, const ConvTranspose1dOptions& options)
    : options_(options),
      weight_(scope.take_folded("weight", {options.in, options.out / options.groups, options.kernel})),
      bias_(optional_bias(scope, options.bias, options.out)) {
  if (!sees_two_inputs(options)) return;
  weight_ = over_two_inputs(weight_, options.stride);
  if (bias_.defined()) bias_ = bias_.unsqueeze(1).expand({-1, options.stride}).reshape({-1});
}

ConvTranspose1d ConvTranspose1d::untrimmed() const {
  auto copy = *this;
  copy.options_.padding = Padding::fixed(0);
  return copy;
}

at::Tensor ConvTranspose1d::operator()(const at::Tensor& x) const {
  const auto& padding = options_.padding;
  if (sees_two_inputs(options_)) {
    const bool beyond = padding.rule == Padding::Rule::fixed && options_.output_padding > padding.amount;
    const auto whole =
        upsample_over_two_inputs(beyond ? at::constant_pad_nd(x, {0, 1}, 0) : x, weight_, bias_, options_.stride);
    if (padding.rule != Padding::Rule::fixed) return trim(whole, options_.kernel - options_.stride, padding.rule);
    return whole.narrow(-1, padding.amount,
                        (x.size(-1) + 1) * options_.stride - 2 * padding.amount + options_.output_padding);
  }
  if (padding.rule == Padding::Rule::fixed) {
    return at::conv_transpose1d(x, weight_, bias_, options_.stride, padding.amount, options_.output_padding,
                                options_.groups);
  }
  const auto whole = at::conv_transpose1d(x, weight_, bias_, options_.stride, 0, 0, options_.groups);
  return trim(whole, options_.kernel - options_.stride, padding.rule);
}

}  // namespace cfo::layers
