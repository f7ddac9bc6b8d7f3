#include "nodes/networks/layers/ssl/ssl_encoder.h"

#include <algorithm>

#include "nodes/networks/tensors/recompute.h"

namespace cfo::layers {

SslLayer::SslLayer(const tensors::WeightScope& scope, const SslNames& names, const SslOptions& options)
    : norm_first_(options.norm_first),
      attention_(scope / names.attention, {.dimension = options.width, .heads = options.heads}),
      attention_norm_(scope / names.attention_norm, options.width),
      wide_(scope / names.wide, {.in = options.width, .out = options.feed_forward}),
      narrow_(scope / names.narrow, {.in = options.feed_forward, .out = options.width}),
      feed_forward_norm_(scope / names.feed_forward_norm, options.width) {}

/// The sums are new tensors: under mixed precision they are float32, what is added bfloat16.
at::Tensor SslLayer::operator()(const at::Tensor& x) const {
  const auto feed_forward = [&](const at::Tensor& input) {
    auto hidden = wide_(input);
    return narrow_(at::gelu_(hidden));
  };
  if (norm_first_) {
    const auto attended = attention_(attention_norm_(x)) + x;
    return feed_forward(feed_forward_norm_(attended)) + attended;
  }
  const auto attended = attention_norm_(attention_(x) + x);
  return feed_forward_norm_(feed_forward(attended) + attended);
}

SslEncoder::SslEncoder(const tensors::WeightScope& scope, const SslOptions& options)
    : norm_first_(options.norm_first),
      normalise_(options.normalise),
      recompute_(options.recompute),
      conv_(scope, ssl_names(scope), options.conv),
      feature_norm_(scope / ssl_names(scope).feature_norm, options.conv.widths.back()),
      position_(scope / ssl_names(scope).position, options.width, options.position),
      norm_(scope / "encoder.layer_norm", options.width) {
  const auto& names = ssl_names(scope);
  const auto place = scope / names.projection;
  const int64_t in = options.conv.widths.back();
  if (in != options.width || place.has("weight"))
    projection_.emplace(place, LinearOptions{.in = in, .out = options.width});
  for (int64_t i = 0; i < options.layers; ++i) layers_.emplace_back(scope / "encoder.layers" / i, names, options);
}

at::Tensor SslEncoder::operator()(const at::Tensor& wave, int64_t frames) const {
  at::Tensor last;
  visit(wave, frames, [&](const at::Tensor& state) { last = state; });
  return last;
}

std::vector<at::Tensor> SslEncoder::hidden_states(const at::Tensor& wave, int64_t frames) const {
  std::vector<at::Tensor> states;
  visit(wave, frames, [&](const at::Tensor& state) { states.push_back(state); });
  return states;
}

at::Tensor SslEncoder::mean_hidden_state(const at::Tensor& wave, int64_t frames) const {
  at::Tensor sum;
  visit(wave, frames, [&](const at::Tensor& state) { sum = sum.defined() ? sum + state : state; });
  return sum / static_cast<double>(layers_.size() + 1);
}

at::Tensor SslEncoder::features(const at::Tensor& wave) const {
  return conv_(normalise_ ? at::layer_norm(wave, {wave.size(2)}) : wave);
}

at::Tensor SslEncoder::projected(const at::Tensor& features) const {
  const auto normed = feature_norm_(features.transpose(1, 2));
  return projection_ ? (*projection_)(normed) : normed;
}

at::Tensor SslEncoder::with_positions(const at::Tensor& projected) const {
  const auto x = projected + position_(projected);
  return norm_first_ ? x : norm_(x);
}

/// Shows every hidden state in turn. Cutting the frames before the positions is all that a padding mask at the end
/// comes to: zeros there are the positions' own padding, and no other frame sees the cut ones later.
void SslEncoder::visit(const at::Tensor& wave, int64_t frames,
                       const std::function<void(const at::Tensor&)>& visitor) const {
  const auto whole = features(wave);
  auto x = with_positions(projected(whole.slice(2, 0, std::min(frames, whole.size(2)))));
  for (const auto& layer : layers_) {
    visitor(x);
    x = recompute_ ? tensors::recomputed(layer, x) : layer(x);
  }
  visitor(norm_first_ ? norm_(x) : x);
}

}  // namespace cfo::layers
