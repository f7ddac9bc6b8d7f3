#include "nodes/networks/codecs/freqcodec/normed_conv2d.h"

#include <algorithm>

namespace cfo::codecs {
namespace {

struct Margins {
  int64_t before = 0;
  int64_t after = 0;
  int64_t widest() const { return std::max(before, after); }
};

Margins margins(int64_t kernel, int64_t stride, int64_t dilation) {
  const int64_t total = (kernel - 1) * dilation + 1 - stride, after = total / 2;
  return {total - after, after};
}

at::Tensor reflected(const at::Tensor& x, const Margins& frequency, const Margins& time) {
  const int64_t rows = std::max<int64_t>(0, frequency.widest() - x.size(2) + 1),
                frames = std::max<int64_t>(0, time.widest() - x.size(3) + 1);
  const auto filled = rows + frames > 0 ? at::constant_pad_nd(x, {0, frames, 0, rows}, 0) : x;
  const auto padded = at::reflection_pad2d(filled, {time.before, time.after, frequency.before, frequency.after});
  return padded.slice(2, 0, padded.size(2) - rows).slice(3, 0, padded.size(3) - frames);
}

at::Tensor trimmed(const at::Tensor& x, int64_t axis, const Margins& surplus) {
  return x.slice(axis, surplus.before, x.size(axis) - surplus.after);
}

}  // namespace

NormedConv2d::NormedConv2d(const tensors::WeightScope& scope, const NormedConv2dOptions& options,
                           std::optional<layers::GroupNorm> norm)
    : options_(options),
      weight_(scope.take_folded(
          "weight", {options.out, options.in / options.groups, options.kernel.frequency, options.kernel.time})),
      bias_(scope.take("bias", {options.out})),
      norm_(std::move(norm)) {}

at::Tensor NormedConv2d::operator()(const at::Tensor& x) const {
  const auto& [in, out, kernel, stride, dilation, groups] = options_;
  const auto frequency = margins(kernel.frequency, stride.frequency, dilation.frequency);
  auto time = margins(kernel.time, stride.time, dilation.time);
  time.before += (stride.time - x.size(3) % stride.time) % stride.time;
  const auto padded = frequency.widest() + time.widest() > 0 ? reflected(x, frequency, time) : x;
  const auto result = at::conv2d(padded, weight_, bias_, {stride.frequency, stride.time}, at::IntArrayRef({0, 0}),
                                 {dilation.frequency, dilation.time}, groups);
  return norm_ ? (*norm_)(result) : result;
}

NormedConvTranspose2d::NormedConvTranspose2d(const tensors::WeightScope& scope, const NormedConv2dOptions& options,
                                             std::optional<layers::GroupNorm> norm, int64_t kept_rows)
    : options_(options),
      weight_(scope.take_folded(
          "weight", {options.in, options.out / options.groups, options.kernel.frequency, options.kernel.time})),
      bias_(scope.take("bias", {options.out})),
      norm_(std::move(norm)),
      kept_rows_(kept_rows) {}

at::Tensor NormedConvTranspose2d::operator()(const at::Tensor& x) const {
  const auto& [in, out, kernel, stride, dilation, groups] = options_;
  const auto whole = at::conv_transpose2d(x, weight_, bias_, {stride.frequency, stride.time}, {0, 0}, {0, 0}, groups);
  auto rows = margins(kernel.frequency, stride.frequency, 1);
  rows.after = std::max<int64_t>(0, rows.after - kept_rows_);
  return trimmed(trimmed(norm_ ? (*norm_)(whole) : whole, 2, rows), 3, margins(kernel.time, stride.time, 1));
}

}  // namespace cfo::codecs
