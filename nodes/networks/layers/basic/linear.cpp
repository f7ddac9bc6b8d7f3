#include "nodes/networks/layers/basic/linear.h"

namespace cfo::layers {
namespace {

at::Tensor matrix(const tensors::WeightScope& scope, int64_t out, int64_t in) {
  switch (scope.dimensions("weight")) {
    case 2:
      return scope.take_folded("weight", {out, in});
    case 4:
      return scope.take_folded("weight", {out, in, 1, 1}).view({out, in});
    default:
      return scope.take_folded("weight", {out, in, 1}).squeeze(2);
  }
}

}  // namespace

Linear::Linear(const tensors::WeightScope& scope, const LinearOptions& options)
    : weight_(matrix(scope, options.out, options.in)),
      bias_(options.bias ? scope.take("bias", {options.out}) : at::Tensor()) {}

at::Tensor Linear::operator()(const at::Tensor& x) const { return at::linear(x, weight_, bias_); }

LayerNorm::LayerNorm(const tensors::WeightScope& scope, int64_t size, double epsilon)
    : weight_(scope.take("weight", {size})), bias_(scope.take("bias", {size})), epsilon_(epsilon) {}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
  return at::layer_norm(x, weight_.sizes(), weight_, bias_, epsilon_);
}

GroupNorm::GroupNorm(const tensors::WeightScope& scope, int64_t groups, int64_t channels, double epsilon)
    : groups_(groups),
      weight_(scope.take("weight", {channels})),
      bias_(scope.take("bias", {channels})),
      epsilon_(epsilon) {}

at::Tensor GroupNorm::operator()(const at::Tensor& x) const {
  return at::group_norm(x, groups_, weight_, bias_, epsilon_);
}

}  // namespace cfo::layers
