#include "nodes/networks/layers/ssl/ssl_position.h"

namespace cfo::layers {
namespace {

constexpr int64_t taps = 2;  // the dimension that the weight norm keeps apart

}  // namespace

SslPosition::SslPosition(const tensors::WeightScope& scope, int64_t width, const SslPositionOptions& options)
    : conv_(scope.take_folded("weight", {width, width / options.groups, options.kernel}, taps),
            scope.take("bias", {width}),
            {.in = width,
             .out = width,
             .kernel = options.kernel,
             .groups = options.groups,
             .padding = Padding::fixed(options.kernel / 2)}) {}

at::Tensor SslPosition::operator()(const at::Tensor& x) const {
  auto around = conv_(x.transpose(1, 2)).narrow(2, 0, x.size(1));  // an even kernel gives one frame too many
  return at::gelu(around).transpose(1, 2);
}

}  // namespace cfo::layers
