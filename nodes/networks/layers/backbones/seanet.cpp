#include "nodes/networks/layers/backbones/seanet.h"

#include <optional>
#include <ranges>

namespace cfo::layers {
namespace {

NormedConv1d conv_at(const tensors::WeightScope& block, const Conv1dOptions& conv, const SeanetOptions& options) {
  auto norm = options.group_norm ? std::optional(GroupNorm(block / options.conv_norm, 1, conv.out)) : std::nullopt;
  return NormedConv1d(block / options.conv, conv, std::move(norm));
}

NormedConvTranspose1d transposed_at(const tensors::WeightScope& block, const ConvTranspose1dOptions& conv,
                                    const SeanetOptions& options) {
  auto norm =
      options.group_norm ? std::optional(GroupNorm(block / options.transposed_norm, 1, conv.out)) : std::nullopt;
  return NormedConvTranspose1d(block / options.transposed, conv, std::move(norm));
}

/// The places model.0, model.1, ... in the order in which the official Sequential fills them; activations take one
/// each.
class Places {
 public:
  Places(const tensors::WeightScope& scope, const SeanetOptions& options)
      : scope_(scope / "model"), options_(options) {}
  void skip_activation() { ++next_; }
  tensors::WeightScope block() { return scope_ / next_++; }
  NormedConv1d conv(const Conv1dOptions& conv) { return conv_at(block(), conv, options_); }
  NormedConvTranspose1d transposed(const ConvTranspose1dOptions& conv) {
    return transposed_at(block(), conv, options_);
  }

 private:
  tensors::WeightScope scope_;
  const SeanetOptions& options_;
  int64_t next_ = 0;
};

std::vector<SeanetResidual> residual_units(Places& places, const SeanetOptions& options, int64_t channels) {
  std::vector<SeanetResidual> units;
  int64_t dilation = 1;
  for (int64_t j = 0; j < options.residual_layers; ++j) {
    units.emplace_back(places.block(), options, channels, dilation);
    dilation *= options.dilation_base;
  }
  return units;
}

std::vector<Lstm> recurrent_part(Places& places, const SeanetOptions& options, int64_t channels, bool bidirectional) {
  if (options.lstm_layers == 0) return {};
  const LstmOptions lstm = {.input = channels,
                            .hidden = channels,
                            .layers = options.lstm_layers,
                            .bidirectional = bidirectional,
                            .skip = true};
  return {Lstm(places.block() / "lstm", lstm)};
}

}  // namespace

SeanetResidual::SeanetResidual(const tensors::WeightScope& scope, const SeanetOptions& options, int64_t channels,
                               int64_t dilation)
    : wide_(conv_at(scope / "block.1",
                    {.in = channels,
                     .out = channels / options.compress,
                     .kernel = options.residual_kernel,
                     .dilation = dilation,
                     .padding = options.padding},
                    options)),
      narrow_(conv_at(scope / "block.3",
                      {.in = channels / options.compress, .out = channels, .padding = options.padding}, options)) {
  if (!options.convolved_skip) return;
  skip_.push_back(conv_at(scope / "shortcut", {.in = channels, .out = channels, .padding = options.padding}, options));
}

at::Tensor SeanetResidual::operator()(const at::Tensor& x) const {
  auto hidden = wide_(at::elu(x));
  auto result = narrow_(at::elu_(hidden));
  return result += skip_.empty() ? x : skip_.front()(x);
}

SeanetEncoder::SeanetEncoder(const tensors::WeightScope& scope, const SeanetOptions& options) {
  Places places(scope, options);
  int64_t width = options.filters;
  ends_.push_back(
      places.conv({.in = options.channels, .out = width, .kernel = options.kernel, .padding = options.padding}));
  for (const int64_t stride : options.strides) {
    auto units = residual_units(places, options, width);
    places.skip_activation();
    stages_.push_back(
        {std::move(units),
         places.conv(
             {.in = width, .out = 2 * width, .kernel = 2 * stride, .stride = stride, .padding = options.padding})});
    width *= 2;
  }
  lstm_ = recurrent_part(places, options, width, options.lstm_bidirectional);
  if (options.lstm_bidirectional && !lstm_.empty()) width *= 2;
  places.skip_activation();
  ends_.push_back(
      places.conv({.in = width, .out = options.dimension, .kernel = options.last_kernel, .padding = options.padding}));
}

at::Tensor SeanetEncoder::operator()(const at::Tensor& wave) const {
  auto x = ends_.front()(wave);
  for (const auto& stage : stages_) {
    for (const auto& unit : stage.units) x = unit(x);
    x = stage.down(at::elu_(x));
  }
  for (const auto& lstm : lstm_) x = lstm(x);
  return ends_.back()(at::elu(x));
}

SeanetDecoder::SeanetDecoder(const tensors::WeightScope& scope, const SeanetOptions& options) {
  Places places(scope, options);
  int64_t width = options.filters << options.strides.size();
  ends_.push_back(
      places.conv({.in = options.dimension, .out = width, .kernel = options.kernel, .padding = options.padding}));
  lstm_ = recurrent_part(places, options, width, /*bidirectional=*/false);
  for (const int64_t stride : options.strides | std::views::reverse) {
    places.skip_activation();
    auto up = places.transposed(
        {.in = width, .out = width / 2, .kernel = 2 * stride, .stride = stride, .padding = options.padding});
    width /= 2;
    stages_.push_back({std::move(up), residual_units(places, options, width)});
  }
  places.skip_activation();
  ends_.push_back(
      places.conv({.in = width, .out = options.channels, .kernel = options.last_kernel, .padding = options.padding}));
}

at::Tensor SeanetDecoder::operator()(const at::Tensor& latent) const {
  auto x = ends_.front()(latent);
  for (const auto& lstm : lstm_) x = lstm(x);
  for (const auto& stage : stages_) {
    x = stage.up(at::elu(x));
    for (const auto& unit : stage.units) x = unit(x);
  }
  return ends_.back()(at::elu_(x));
}

}  // namespace cfo::layers
