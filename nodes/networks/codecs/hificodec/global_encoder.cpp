#include "nodes/networks/codecs/hificodec/global_encoder.h"

namespace cfo::codecs {
namespace {

constexpr double slope = 0.1;

layers::Conv1d three_wide(const tensors::WeightScope& scope, int64_t in, int64_t out) {
  return layers::Conv1d(scope,
                        {.in = in, .out = out, .kernel = 3, .bias = false, .padding = layers::Padding::fixed(1)});
}

}  // namespace

GlobalEncoder::GlobalEncoder(const tensors::WeightScope& scope, int64_t channels, int64_t inner)
    : linear_(scope / "fn.0", {.in = channels, .out = channels}) {
  const auto conv = scope / "conv";
  convs_.push_back(three_wide(conv / int64_t{0}, channels, inner));
  convs_.push_back(three_wide(conv / 2, inner, inner));
  convs_.push_back(three_wide(conv / 4, inner, channels));
  constexpr double epsilon = 1e-5;
  const auto norm = scope / "fn.2";
  scale_ = norm.take("weight", {channels}) * (norm.take("running_var", {channels}) + epsilon).rsqrt();
  shift_ = norm.take("bias", {channels}) - norm.take("running_mean", {channels}) * scale_;
}

at::Tensor GlobalEncoder::operator()(const at::Tensor& x) const {
  auto hidden = x;
  for (const auto& conv : convs_) hidden = at::leaky_relu(conv(hidden), slope);
  return at::leaky_relu(linear_(hidden.mean(2)), slope) * scale_ + shift_;
}

}  // namespace cfo::codecs
