#include "nodes/networks/layers/backbones/hifigan.h"

#include "base/error.h"

namespace cfo::layers {
namespace {

constexpr double slope = 0.1;

Conv1dOptions same_length(int64_t in, int64_t out, int64_t kernel, int64_t dilation = 1) {
  return {.in = in,
          .out = out,
          .kernel = kernel,
          .dilation = dilation,
          .padding = Padding::fixed((kernel - 1) / 2 * dilation)};
}

int64_t encoder_width(const HifiGanOptions& options) { return options.width >> options.strides.size(); }

constexpr int64_t end_kernel = 7;

}  // namespace

HifiGanResidual::HifiGanResidual(const tensors::WeightScope& scope, int64_t channels, int64_t kernel,
                                 const std::vector<int64_t>& dilations) {
  for (std::size_t i = 0; i < dilations.size(); ++i) {
    dilated_.emplace_back(scope / "convs1" / static_cast<int64_t>(i),
                          same_length(channels, channels, kernel, dilations[i]));
    plain_.emplace_back(scope / "convs2" / static_cast<int64_t>(i), same_length(channels, channels, kernel));
  }
}

at::Tensor HifiGanResidual::operator()(const at::Tensor& x) const {
  auto sum = x;
  for (std::size_t i = 0; i < dilated_.size(); ++i) {
    auto hidden = dilated_[i](at::leaky_relu(sum, slope));
    sum = plain_[i](at::leaky_relu_(hidden, slope)).add_(sum);
  }
  return sum;
}

HifiGanEncoder::HifiGanEncoder(const tensors::WeightScope& scope, const HifiGanOptions& options)
    : first_(scope / "conv_pre", same_length(1, encoder_width(options), end_kernel)),
      last_(scope / "conv_post", same_length(options.width, options.latent, 3)) {
  constexpr int64_t channels_a_group = 16;
  constexpr double epsilon = 1e-6;
  int64_t width = encoder_width(options), block = 0;
  for (std::size_t s = 0; s < options.strides.size(); ++s) {
    const auto from_end = options.strides.size() - 1 - s;
    const int64_t stride = options.strides[from_end], kernel = options.kernels.at(from_end);
    Conv1d down(scope / "ups" / static_cast<int64_t>(s), {.in = width,
                                                          .out = 2 * width,
                                                          .kernel = kernel,
                                                          .stride = stride,
                                                          .padding = Padding::fixed((kernel - stride) / 2)});
    width *= 2;
    Stage stage = {std::move(down), {}, {}};
    for (auto size = options.residual_kernels.rbegin(); size != options.residual_kernels.rend(); ++size, ++block) {
      stage.residuals.emplace_back(scope / "resblocks" / block, width, *size, options.dilations);
      stage.norms.emplace_back(scope / "normalize" / block, width / channels_a_group, width, epsilon);
    }
    stages_.push_back(std::move(stage));
  }
}

at::Tensor HifiGanEncoder::stage(std::size_t index, const at::Tensor& x) const {
  const auto& stage = stages_.at(index);
  const auto down = stage.down(at::leaky_relu(x, slope));
  auto sum = stage.norms.front()(stage.residuals.front()(down));
  for (std::size_t i = 1; i < stage.residuals.size(); ++i) sum = stage.norms[i](stage.residuals[i](down).add_(sum));
  return sum.div_(static_cast<double>(stage.residuals.size()));
}

at::Tensor HifiGanEncoder::end(const at::Tensor& x) const {
  constexpr double last_slope = 0.01;
  return last_(at::leaky_relu(x, last_slope));
}

at::Tensor HifiGanEncoder::operator()(const at::Tensor& wave) const {
  auto x = begin(wave);
  for (std::size_t i = 0; i < stages(); ++i) x = stage(i, x);
  return end(x);
}

HifiGanGenerator::HifiGanGenerator(const tensors::WeightScope& scope, const HifiGanOptions& options)
    : first_(scope / "conv_pre", same_length(options.latent, options.width, end_kernel)),
      last_(scope / "conv_post", same_length(encoder_width(options), 1, end_kernel)),
      last_slope_(options.last_slope) {
  int64_t width = options.width, block = 0;
  for (std::size_t s = 0; s < options.strides.size(); ++s) {
    const int64_t stride = options.strides[s], kernel = options.kernels.at(s);
    ConvTranspose1d up(scope / "ups" / static_cast<int64_t>(s), {.in = width,
                                                                 .out = width / 2,
                                                                 .kernel = kernel,
                                                                 .stride = stride,
                                                                 .padding = Padding::fixed((kernel - stride) / 2)});
    width /= 2;
    Stage stage = {std::move(up), {}};
    for (const int64_t size : options.residual_kernels) {
      stage.residuals.emplace_back(scope / "resblocks" / block++, width, size, options.dilations);
    }
    stages_.push_back(std::move(stage));
  }
}

at::Tensor HifiGanGenerator::stage(std::size_t index, const at::Tensor& x) const {
  const auto& stage = stages_.at(index);
  const auto up = stage.up(at::leaky_relu(x, slope));
  auto sum = stage.residuals.front()(up);
  for (std::size_t i = 1; i < stage.residuals.size(); ++i) sum += stage.residuals[i](up);
  return sum.div_(static_cast<double>(stage.residuals.size()));
}

at::Tensor HifiGanGenerator::end(const at::Tensor& x) const { return last_(at::leaky_relu(x, last_slope_)).tanh_(); }

at::Tensor HifiGanGenerator::operator()(const at::Tensor& latent) const {
  auto x = begin(latent);
  for (std::size_t i = 0; i < stages(); ++i) x = stage(i, x);
  return end(x);
}

}  // namespace cfo::layers
