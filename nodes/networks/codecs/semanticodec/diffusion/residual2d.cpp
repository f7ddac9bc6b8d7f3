#include "nodes/networks/codecs/semanticodec/diffusion/residual2d.h"

namespace cfo::codecs {
namespace {

constexpr int64_t groups = 32;

std::optional<layers::Conv2d> skip(const tensors::WeightScope& scope, int64_t in, int64_t out) {
  if (in == out) return std::nullopt;
  return layers::Conv2d(scope, {.in = in, .out = out, .kernel = {1, 1}, .padding = {0, 0}});
}

}  // namespace

Residual2d::Residual2d(layers::GroupNorm norm1, layers::Conv2d conv1, std::optional<layers::Linear> embed,
                       layers::GroupNorm norm2, layers::Conv2d conv2, std::optional<layers::Conv2d> skip)
    : norm1_(std::move(norm1)),
      conv1_(std::move(conv1)),
      embed_(std::move(embed)),
      norm2_(std::move(norm2)),
      conv2_(std::move(conv2)),
      skip_(std::move(skip)) {}

Residual2d Residual2d::plain(const tensors::WeightScope& scope, int64_t in, int64_t out) {
  constexpr double epsilon = 1e-6;
  return Residual2d(layers::GroupNorm(scope / "norm1", groups, in, epsilon),
                    layers::Conv2d(scope / "conv1", {.in = in, .out = out}), std::nullopt,
                    layers::GroupNorm(scope / "norm2", groups, out, epsilon),
                    layers::Conv2d(scope / "conv2", {.in = out, .out = out}), skip(scope / "nin_shortcut", in, out));
}

Residual2d Residual2d::timed(const tensors::WeightScope& scope, int64_t in, int64_t out, int64_t embedding) {
  return Residual2d(layers::GroupNorm(scope / "in_layers" / 0, groups, in),
                    layers::Conv2d(scope / "in_layers" / 2, {.in = in, .out = out}),
                    layers::Linear(scope / "emb_layers" / 1, {.in = embedding, .out = out}),
                    layers::GroupNorm(scope / "out_layers" / 0, groups, out),
                    layers::Conv2d(scope / "out_layers" / 3, {.in = out, .out = out}),
                    skip(scope / "skip_connection", in, out));
}

at::Tensor Residual2d::operator()(const at::Tensor& x, const at::Tensor& embedding) const {
  auto hidden = norm1_(x);
  hidden = conv1_(at::silu_(hidden));
  if (embed_) hidden += (*embed_)(at::silu(embedding)).unsqueeze(-1).unsqueeze(-1);
  hidden = norm2_(hidden);
  return conv2_(at::silu_(hidden)).add_(skip_ ? (*skip_)(x) : x);
}

}  // namespace cfo::codecs
