#include "nodes/networks/detectors/modules/modules.h"

#include <numeric>

#include "nodes/networks/tensors/compute.h"

namespace cfo::detectors {
namespace {

/// The place of a layer with a weight and a bias, newly declared.
tensors::WeightScope declared(ParameterSet& set, const std::string& name, const std::vector<int64_t>& shape) {
  const int64_t fan_in = std::accumulate(shape.begin() + 1, shape.end(), int64_t{1}, std::multiplies<>());
  const at::Tensor weight = set.parameter(name + ".weight", shape, Initial::fan_in_uniform, fan_in);
  const at::Tensor bias = set.parameter(name + ".bias", {shape.front()}, Initial::fan_in_uniform, fan_in);
  return tensors::WeightScope({{"weight", weight}, {"bias", bias}}, name).on(set.device());
}

}  // namespace

SeededDropout::SeededDropout(uint64_t seed) : stream_(tensors::random_stream(seed)) {}

at::Tensor SeededDropout::drop(const at::Tensor& x, double p, std::string_view) {
  at::Tensor mask = at::empty(x.sizes(), at::TensorOptions(at::kFloat));
  mask.bernoulli_(1.0 - p, stream_).div_(1.0 - p);
  return x * mask.to(x.device());
}

layers::Linear declare_linear(ParameterSet& set, const std::string& name, int64_t in, int64_t out) {
  return {declared(set, name, {out, in}), {.in = in, .out = out}};
}

layers::Conv2d declare_conv2d(ParameterSet& set, const std::string& name, const layers::Conv2dOptions& options) {
  return {declared(set, name, {options.out, options.in, options.kernel[0], options.kernel[1]}), options};
}

BatchNorm::BatchNorm(ParameterSet& set, const std::string& name, int64_t channels)
    : weight_(set.parameter(name + ".weight", {channels}, Initial::ones)),
      bias_(set.parameter(name + ".bias", {channels}, Initial::zeros)),
      running_mean_(set.buffer(name + ".running_mean", at::zeros({channels}))),
      running_var_(set.buffer(name + ".running_var", at::ones({channels}))),
      batches_(set.buffer(name + ".num_batches_tracked", at::zeros({}, at::kLong))) {}

at::Tensor BatchNorm::operator()(const at::Tensor& x, const Pass& pass) const {
  if (pass.training()) batches_.add_(1);
  return at::batch_norm(x, weight_, bias_, running_mean_, running_var_, pass.training(), momentum, eps,
                        /*cudnn_enabled=*/true);
}

void BatchNorm::move(const at::Tensor& mean, const at::Tensor& variance, int64_t count) const {
  const c10::AutoGradMode no_grad(false);
  const double unbiased = static_cast<double>(count) / static_cast<double>(std::max<int64_t>(count - 1, 1));
  running_mean_.lerp_(mean.detach().to(running_mean_.scalar_type()), momentum);
  running_var_.lerp_((variance.detach() * unbiased).to(running_var_.scalar_type()), momentum);
  batches_.add_(1);
}

}  // namespace cfo::detectors
