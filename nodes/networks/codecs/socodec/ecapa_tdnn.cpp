#include "nodes/networks/codecs/socodec/ecapa_tdnn.h"

#include <numeric>

#include "base/error.h"

namespace cfo::codecs {
namespace {

constexpr double least_variance = 1e-12;

layers::Conv1dOptions mirrored(int64_t in, int64_t out, int64_t kernel, int64_t dilation) {
  return {.in = in,
          .out = out,
          .kernel = kernel,
          .dilation = dilation,
          .padding = layers::Padding::fixed((kernel - 1) / 2 * dilation, layers::PadMode::reflect)};
}

layers::Conv1dOptions pointwise(int64_t in, int64_t out) { return mirrored(in, out, 1, 1); }

const EcapaOptions& checked(const EcapaOptions& options) {
  const std::size_t count = options.channels.size();
  if (count < 3 || options.kernels.size() != count || options.dilations.size() != count) {
    throw Error(
        "ECAPA-TDNN needs at least 3 numbers of channels, each with a kernel and a dilation, but got {}, {} and {}",
        count, options.kernels.size(), options.dilations.size());
  }
  return options;
}

int64_t joined_channels(const EcapaOptions& options) {
  return std::accumulate(options.channels.begin() + 1, options.channels.end() - 1, int64_t{0});
}

at::Tensor deviation(const at::Tensor& variance) { return variance.clamp_min(least_variance).sqrt_(); }

}  // namespace

Tdnn::Tdnn(const tensors::WeightScope& scope, const layers::Conv1dOptions& options)
    : conv_(scope / "conv.conv", options) {}

at::Tensor Tdnn::operator()(const at::Tensor& x) const { return conv_(x).relu_(); }

SeRes2Net::SeRes2Net(const tensors::WeightScope& scope, std::size_t block, const EcapaOptions& options)
    : first_(scope / "tdnn1", pointwise(options.channels[block], options.channels[block])),
      second_(scope / "tdnn2", pointwise(options.channels[block], options.channels[block])),
      squeeze_(scope / "se_block.conv1.conv", {.in = options.channels[block], .out = options.squeezed}),
      excite_(scope / "se_block.conv2.conv", {.in = options.squeezed, .out = options.channels[block]}) {
  const int64_t share = options.channels[block] / options.scale;
  for (int64_t part = 0; part + 1 < options.scale; ++part) {
    parts_.emplace_back(scope / "res2net_block.blocks" / part,
                        mirrored(share, share, options.kernels[block], options.dilations[block]));
  }
}

at::Tensor SeRes2Net::multi_scale(const at::Tensor& x) const {
  auto parts = x.chunk(static_cast<int64_t>(parts_.size()) + 1, 1);
  for (std::size_t i = 0; i < parts_.size(); ++i) parts[i + 1] = parts_[i](i == 0 ? parts[1] : parts[i + 1] + parts[i]);
  return at::cat(parts, 1);
}

at::Tensor SeRes2Net::operator()(const at::Tensor& x) const {
  auto hidden = second_(multi_scale(first_(x)));
  const auto gain = excite_(squeeze_(hidden.mean(2)).relu_()).sigmoid_();
  return hidden.mul_(gain.unsqueeze(2)).add_(x);
}

AttentivePooling::AttentivePooling(const tensors::WeightScope& scope, int64_t channels, int64_t inner)
    : hidden_(scope / "tdnn", pointwise(3 * channels, inner)),
      weights_(scope / "conv.conv", pointwise(inner, channels)) {}

at::Tensor AttentivePooling::operator()(const at::Tensor& x) const {
  const auto centre = x.mean(2, /*keepdim=*/true);
  const auto spread = deviation((x - centre).square_().mean(2, /*keepdim=*/true));
  const auto context = at::cat({x, centre.expand_as(x), spread.expand_as(x)}, 1);
  const auto weights = weights_(hidden_(context).tanh_()).softmax(2);
  const auto mean = (weights * x).sum(2, /*keepdim=*/true);
  const auto variance = (x - mean).square_().mul_(weights).sum(2);
  return at::cat({mean.squeeze(2), deviation(variance)}, 1);
}

EcapaTdnn::EcapaTdnn(const tensors::WeightScope& scope, const EcapaOptions& options)
    : first_(scope / "blocks.0",
             mirrored(options.bands, checked(options).channels[0], options.kernels[0], options.dilations[0])),
      aggregate_(scope / "mfa", mirrored(joined_channels(options), options.channels.back(), options.kernels.back(),
                                         options.dilations.back())),
      pooling_(scope / "asp", options.channels.back(), options.attention),
      out_(scope / "fc.conv", {.in = 2 * options.channels.back(), .out = options.out}) {
  for (std::size_t block = 1; block + 1 < options.channels.size(); ++block) {
    blocks_.emplace_back(scope / "blocks" / static_cast<int64_t>(block), block, options);
  }
}

at::Tensor EcapaTdnn::operator()(const at::Tensor& mel) const {
  auto x = first_(mel);
  std::vector<at::Tensor> joined;
  for (const auto& block : blocks_) joined.push_back(x = block(x));
  return out_(pooling_(aggregate_(at::cat(joined, 1))));
}

}  // namespace cfo::codecs
