#include "nodes/networks/layers/basic/normed_conv.h"

namespace cfo::layers {
namespace {

ConvTranspose1dOptions untrimmed(ConvTranspose1dOptions options) {
  options.padding = Padding::fixed(0);
  return options;
}

}  // namespace

NormedConv1d::NormedConv1d(const tensors::WeightScope& scope, const Conv1dOptions& options,
                           std::optional<GroupNorm> norm)
    : conv_(scope, options), norm_(std::move(norm)) {}

at::Tensor NormedConv1d::operator()(const at::Tensor& x) const {
  const auto result = conv_(x);
  return norm_ ? (*norm_)(result) : result;
}

NormedConvTranspose1d::NormedConvTranspose1d(const tensors::WeightScope& scope, const ConvTranspose1dOptions& options,
                                             std::optional<GroupNorm> norm)
    : whole_(scope, untrimmed(options)),
      norm_(std::move(norm)),
      surplus_(options.kernel - options.stride),
      rule_(options.padding.rule) {}

at::Tensor NormedConvTranspose1d::operator()(const at::Tensor& x) const {
  const auto whole = whole_(x);
  return trim(norm_ ? (*norm_)(whole) : whole, surplus_, rule_);
}

}  // namespace cfo::layers
