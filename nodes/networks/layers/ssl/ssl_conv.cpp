#include "nodes/networks/layers/ssl/ssl_conv.h"

#include "base/error.h"

namespace cfo::layers {

SslConv::SslConv(const tensors::WeightScope& scope, const SslNames& names, const SslConvOptions& options)
    : options_(options) {
  const auto count = options.widths.size();
  if (count == 0 || options.kernels.size() != count || options.strides.size() != count) {
    throw Error(
        "a speech encoder needs a width, a kernel and a stride for each convolution, but got {}, {} and {} of them",
        count, options.kernels.size(), options.strides.size());
  }
  int64_t in = 1;
  for (std::size_t i = 0; i < count; ++i) {
    const auto place = scope / "feature_extractor.conv_layers" / static_cast<int64_t>(i);
    const int64_t out = options.widths[i];
    Layer layer = {
        Conv1d(
            place / names.conv,
            {.in = in, .out = out, .kernel = options.kernels[i], .stride = options.strides[i], .bias = options.bias}),
        {},
        {}};
    if (options.norm_everywhere) layer.layer_norm.emplace(place / names.conv_layer_norm, out);
    if (!options.norm_everywhere && i == 0) layer.group_norm.emplace(place / names.conv_group_norm, out, out);
    layers_.push_back(std::move(layer));
    in = out;
  }
}

at::Tensor SslConv::operator()(const at::Tensor& wave) const {
  if (wave.size(2) < shortest()) {
    throw Error("a speech encoder needs at least {} samples, but got {}", shortest(), wave.size(2));
  }
  auto x = wave;
  for (const auto& layer : layers_) {
    x = layer.conv(x);
    if (layer.layer_norm) x = (*layer.layer_norm)(x.transpose(1, 2)).transpose(1, 2);
    if (layer.group_norm) x = (*layer.group_norm)(x);
    at::gelu_(x);
  }
  return x;
}

int64_t SslConv::frames(int64_t samples) const {
  for (std::size_t i = 0; i < options_.kernels.size(); ++i)
    samples = (samples - options_.kernels[i]) / options_.strides[i] + 1;
  return samples;
}

int64_t SslConv::shortest() const {
  int64_t samples = 1;
  for (std::size_t i = options_.kernels.size(); i-- > 0;)
    samples = (samples - 1) * options_.strides[i] + options_.kernels[i];
  return samples;
}

}  // namespace cfo::layers
