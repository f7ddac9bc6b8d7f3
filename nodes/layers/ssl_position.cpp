#include "nodes/layers/ssl_position.h"

namespace cfo::layers {
namespace {

at::Tensor folded(const WeightScope& scope, const std::vector<int64_t>& shape) {
  constexpr int64_t place = 2;  // the dimension that the gain runs over
  const auto fold = [&](const char* gain, const char* direction) {
    const auto directions = scope.take(direction, shape);
    const auto gains = scope.take(gain, {1, 1, shape[place]});
    return directions.is_meta() ? directions : at::_weight_norm(directions, gains, place).contiguous();  // meta: only shapes are checked
  };
  if (scope.has("weight_v")) return fold("weight_g", "weight_v");
  if (scope.has("parametrizations.weight.original1")) return fold("parametrizations.weight.original0", "parametrizations.weight.original1");
  return scope.take("weight", shape);
}

}  // namespace

SslPosition::SslPosition(const WeightScope& scope, int64_t width, const SslPositionOptions& options)
    : conv_(folded(scope, {width, width / options.groups, options.kernel}), scope.take("bias", {width}),
            {.in = width, .out = width, .kernel = options.kernel, .groups = options.groups, .padding = Padding::fixed(options.kernel / 2)}) {}

at::Tensor SslPosition::operator()(const at::Tensor& x) const {
  auto around = conv_(x.transpose(1, 2)).narrow(2, 0, x.size(1));  // an even kernel gives one frame too many
  return at::gelu(around).transpose(1, 2);
}

}  // namespace cfo::layers
