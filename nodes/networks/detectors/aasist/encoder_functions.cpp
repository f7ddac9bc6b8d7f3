#include "nodes/networks/detectors/aasist/encoder_functions.h"

#include <torch/csrc/autograd/custom_function.h>

#include "nodes/networks/detectors/aasist/encoder_kernels.h"

namespace cfo::detectors {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t shift_rows = 1024;  // their mean is near enough to that of all for a stable variance

at::Tensor channels_innermost(const at::Tensor& x) { return x.contiguous(at::MemoryFormat::ChannelsLast); }

/// The memory of a channels-innermost map as [rows, channels].
at::Tensor as_rows(const at::Tensor& x) { return x.permute({0, 2, 3, 1}).view({-1, x.size(1)}); }

at::Tensor map_like(const at::Tensor& x, int64_t columns, at::ScalarType type) {
  return at::empty({x.size(0), x.size(1), x.size(2), columns},
                   x.options().dtype(type).memory_format(at::MemoryFormat::ChannelsLast));
}

kernels::MapShape shape_of(const at::Tensor& x) { return {x.size(0) * x.size(2), x.size(3), x.size(1)}; }

at::Tensor single(const at::Tensor& values) { return values.to(at::kFloat).contiguous(); }

bool has_kernels(const at::Tensor& x) { return x.device().is_cpu() && x.scalar_type() == at::kFloat; }

struct PoolSum : torch::autograd::Function<PoolSum> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& a, const at::Tensor& b) {
    const auto [values, places] = pool_sum_with_places(a, b);
    context->save_for_backward({places});
    context->saved_data["columns"] = a.size(3);
    return values;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const at::Tensor result =
        unpool_by_3(gradients[0], context->get_saved_variables()[0], context->saved_data["columns"].toInt());
    return {result, result};
  }
};

struct NormSelu : torch::autograd::Function<NormSelu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias, const at::Tensor& mean, const at::Tensor& inverse_deviation) {
    const at::Tensor scale = single(weight.to(at::kDouble) * inverse_deviation);
    const at::Tensor offset = single(bias.to(at::kDouble) - mean * inverse_deviation * weight.to(at::kDouble));
    const at::Tensor result = at::empty_like(x);
    kernels::scale_selu(x.data_ptr<float>(), x.numel() / x.size(1), x.size(1), scale.data_ptr<float>(),
                        offset.data_ptr<float>(), result.data_ptr<float>());
    context->save_for_backward({x, result, weight, mean, inverse_deviation});
    return result;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &result = saved[1], &mean = saved[3], &inverse_deviation = saved[4];
    const at::Tensor gradient = channels_innermost(gradients[0]);
    const at::Tensor dz = at::empty_like(x), single_mean = single(mean);
    const int64_t channels = x.size(1), rows = x.numel() / channels;
    const auto sums = kernels::selu_gradient(gradient.data_ptr<float>(), result.data_ptr<float>(), x.data_ptr<float>(),
                                             rows, channels, single_mean.data_ptr<float>(), dz.data_ptr<float>());
    const at::Tensor sum = at::tensor(sums.first, at::kDouble), product = at::tensor(sums.second, at::kDouble);
    const at::Tensor scale = single(saved[2].to(at::kDouble) * inverse_deviation);
    const at::Tensor offset = single(sum / rows), slope = single(product * inverse_deviation.square() / rows);
    kernels::norm_gradient(
        x.data_ptr<float>(), rows, channels,
        {scale.data_ptr<float>(), offset.data_ptr<float>(), slope.data_ptr<float>(), single_mean.data_ptr<float>()},
        dz.data_ptr<float>());
    return {dz, single(product * inverse_deviation), single(sum), {}, {}};
  }
};

}  // namespace

ChannelStatistics channel_statistics(const at::Tensor& x) {
  const c10::AutoGradMode no_grad(false);
  if (!has_kernels(x)) {
    const auto [variance, mean] = at::var_mean(x.to(at::kDouble), {0, 2, 3}, /*unbiased=*/false);
    return {mean, variance};
  }
  const at::Tensor map = channels_innermost(x);
  const int64_t channels = map.size(1), rows = map.numel() / channels;
  const at::Tensor shift = as_rows(map).narrow(0, 0, std::min(rows, shift_rows)).mean(0).contiguous();
  const auto sums = kernels::moments(map.data_ptr<float>(), rows, channels, shift.data_ptr<float>());
  const at::Tensor mean = at::tensor(sums.first, at::kDouble) / rows;
  const at::Tensor variance = at::tensor(sums.second, at::kDouble) / rows - mean.square();
  return {mean + shift.to(at::kDouble), variance.clamp_min(0)};
}

at::Tensor batch_norm_selu(const at::Tensor& x, const BatchNorm& bn) {
  if (!has_kernels(x)) {
    NoDropout none;
    return at::selu(bn(x, {.dropout = &none}));
  }
  const at::Tensor map = channels_innermost(x);
  const auto [mean, variance] = channel_statistics(map);
  bn.move(mean, variance, map.numel() / map.size(1));
  return NormSelu::apply(map, bn.weight(), bn.bias(), mean, at::rsqrt(variance + BatchNorm::eps));
}

at::Tensor pool_sum_by_3(const at::Tensor& a, const at::Tensor& b) {
  return has_kernels(a) ? PoolSum::apply(a, b) : at::max_pool2d(a + b, {1, 3});
}

PooledSum pool_sum_with_places(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = channels_innermost(a), y = channels_innermost(b);
  PooledSum pooled{map_like(x, x.size(3) / 3, at::kFloat), map_like(x, x.size(3) / 3, at::kByte)};
  kernels::pool_sum_by_3(x.data_ptr<float>(), y.data_ptr<float>(), shape_of(x), pooled.values.data_ptr<float>(),
                         pooled.places.data_ptr<uint8_t>());
  return pooled;
}

at::Tensor unpool_by_3(const at::Tensor& gradient, const at::Tensor& places, int64_t columns) {
  const at::Tensor source = channels_innermost(gradient), where = channels_innermost(places);
  at::Tensor result = map_like(where, columns, at::kFloat);
  kernels::unpool_by_3(source.data_ptr<float>(), where.data_ptr<uint8_t>(), shape_of(result), result.data_ptr<float>());
  return result;
}

}  // namespace cfo::detectors
