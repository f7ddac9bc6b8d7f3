#include "nodes/networks/detectors/modules/modules.h"

#include "nodes/networks/tensors/compute.h"

namespace cfo::detectors {

SeededDropout::SeededDropout(uint64_t seed) : stream_(tensors::random_stream(seed)) {}

at::Tensor SeededDropout::drop(const at::Tensor& x, double p, std::string_view) {
  at::Tensor mask = at::empty(x.sizes(), at::TensorOptions(at::kFloat));
  mask.bernoulli_(1.0 - p, stream_).div_(1.0 - p);
  return x * mask.to(x.device());
}

Linear::Linear(ParameterSet& set, const std::string& name, int64_t in, int64_t out)
    : weight_(set.parameter(name + ".weight", {out, in}, Initial::fan_in_uniform, in)),
      bias_(set.parameter(name + ".bias", {out}, Initial::fan_in_uniform, in)) {}

at::Tensor Linear::operator()(const at::Tensor& x) const { return at::linear(x, weight_, bias_); }

Conv2d::Conv2d(ParameterSet& set, const std::string& name, const Shape& shape) : padding_(shape.padding) {
  const int64_t fan_in = shape.in * shape.kernel[0] * shape.kernel[1];
  weight_ = set.parameter(name + ".weight", {shape.out, shape.in, shape.kernel[0], shape.kernel[1]},
                          Initial::fan_in_uniform, fan_in);
  bias_ = set.parameter(name + ".bias", {shape.out}, Initial::fan_in_uniform, fan_in);
}

at::Tensor Conv2d::operator()(const at::Tensor& x) const {
  const std::array<int64_t, 2> stride = {1, 1};
  return at::conv2d(x, weight_, bias_, stride, padding_);
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
