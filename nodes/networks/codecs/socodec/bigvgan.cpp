#include "nodes/networks/codecs/socodec/bigvgan.h"

namespace cfo::codecs {
namespace {

constexpr int64_t end_kernel = 7;

layers::Conv1dOptions same_length(int64_t in, int64_t out, int64_t kernel, int64_t dilation = 1) {
  return {.in = in,
          .out = out,
          .kernel = kernel,
          .dilation = dilation,
          .padding = layers::Padding::fixed((kernel - 1) / 2 * dilation)};
}

int64_t last_width(const layers::HifiGanOptions& options) { return options.width >> options.strides.size(); }

}  // namespace

BigVganResidual::BigVganResidual(const tensors::WeightScope& scope, int64_t channels, int64_t kernel,
                                 const std::vector<int64_t>& dilations) {
  for (std::size_t i = 0; i < dilations.size(); ++i) {
    activations_.emplace_back(scope / "activations" / static_cast<int64_t>(i), channels);
    convs_.emplace_back(scope / "convs" / static_cast<int64_t>(i),
                        same_length(channels, channels, kernel, dilations[i]));
  }
}

at::Tensor BigVganResidual::operator()(const at::Tensor& x) const {
  auto sum = x;
  for (std::size_t i = 0; i < convs_.size(); ++i) sum = convs_[i](activations_[i](sum)).add_(sum);
  return sum;
}

BigVgan::BigVgan(const tensors::WeightScope& scope, const layers::HifiGanOptions& options)
    : first_(scope / "conv_pre", same_length(options.latent, options.width, end_kernel)),
      last_activation_(scope / "activation_post", last_width(options)),
      last_(scope / "conv_post", same_length(last_width(options), 1, end_kernel)) {
  int64_t width = options.width, block = 0;
  for (std::size_t s = 0; s < options.strides.size(); ++s) {
    const int64_t stride = options.strides[s], kernel = options.kernels.at(s);
    layers::ConvTranspose1d up(scope / "ups" / static_cast<int64_t>(s) / int64_t{0},
                               {.in = width,
                                .out = width / 2,
                                .kernel = kernel,
                                .stride = stride,
                                .padding = layers::Padding::fixed((kernel - stride) / 2)});
    width /= 2;
    Stage stage = {std::move(up), {}};
    for (const int64_t size : options.residual_kernels)
      stage.residuals.emplace_back(scope / "resblocks" / block++, width, size, options.dilations);
    stages_.push_back(std::move(stage));
  }
}

at::Tensor BigVgan::operator()(const at::Tensor& mel) const {
  auto x = first_(mel);
  for (const auto& stage : stages_) {
    const auto up = stage.up(x);
    x = stage.residuals.front()(up);
    for (std::size_t i = 1; i < stage.residuals.size(); ++i) x.add_(stage.residuals[i](up));
    x.div_(static_cast<double>(stage.residuals.size()));
  }
  return last_(last_activation_(x)).tanh_();
}

}  // namespace cfo::codecs
