#include "nodes/networks/codecs/freqcodec/seanet2d.h"

#include "base/error.h"

namespace cfo::codecs {
namespace {

std::optional<layers::GroupNorm> norm_at(const tensors::WeightScope& scope, int64_t channels,
                                         const Seanet2dOptions& options) {
  return options.group_norm ? std::optional(layers::GroupNorm(scope / "norm", 1, channels)) : std::nullopt;
}

NormedConv2d conv_at(const tensors::WeightScope& block, const NormedConv2dOptions& conv,
                     const Seanet2dOptions& options) {
  return NormedConv2d(block / "conv.conv", conv, norm_at(block / "conv", conv.out, options));
}

/// A convolution at the latent's end.
layers::NormedConv1d latent_conv(const tensors::WeightScope& block, int64_t in, int64_t out, int64_t kernel,
                                 const Seanet2dOptions& options) {
  const layers::Conv1dOptions conv = {
      .in = in, .out = out, .kernel = kernel, .padding = layers::Padding::centred(layers::PadMode::reflect)};
  return layers::NormedConv1d(block / "conv.conv", conv, norm_at(block / "conv", out, options));
}

int64_t groups(int64_t channels, int64_t ratio) { return ratio > 0 ? channels / 2 / ratio : 1; }

/// The units of one stage, at `first` and the places after it.
std::vector<Seanet2dResidual> residual_units(const tensors::WeightScope& model, int64_t first, int64_t channels,
                                             const Seanet2dOptions& options) {
  std::vector<Seanet2dResidual> units;
  int64_t dilation = 1;
  for (int64_t j = 0; j < options.residual_layers; ++j) {
    units.emplace_back(model / (first + j), options, channels, dilation);
    dilation *= options.dilation_base;
  }
  return units;
}

layers::LstmOptions residual_lstm(int64_t width, const Seanet2dOptions& options) {
  return {.input = width, .hidden = width, .layers = options.lstm_layers, .skip = true};
}

}  // namespace

Seanet2dResidual::Seanet2dResidual(const tensors::WeightScope& scope, const Seanet2dOptions& options, int64_t channels,
                                   int64_t dilation)
    : wide_(conv_at(scope / "block.1",
                    {.in = channels,
                     .out = channels / options.compress,
                     .kernel = {options.residual_kernel, options.residual_kernel},
                     .dilation = {1, dilation},
                     .groups = groups(channels / options.compress, options.group_ratio)},
                    options)),
      narrow_(conv_at(scope / "block.3",
                      {.in = channels / options.compress,
                       .out = channels,
                       .groups = groups(channels / options.compress, options.group_ratio)},
                      options)),
      skip_(conv_at(scope / "shortcut",
                    {.in = channels, .out = channels, .groups = groups(channels, options.group_ratio)}, options)) {}

at::Tensor Seanet2dResidual::operator()(const at::Tensor& x) const {
  auto hidden = wide_(at::elu(x));
  auto result = narrow_(at::elu_(hidden));
  return result += skip_(x);
}

Seanet2dEncoder::Seanet2dEncoder(const tensors::WeightScope& scope, const Seanet2dOptions& options) {
  const auto model = scope / "model";
  int64_t width = options.filters, place = 0;
  first_.emplace(conv_at(model / place++,
                         {.in = options.channels, .out = width, .kernel = {options.kernel, options.kernel}}, options));
  for (const auto& stride : options.strides) {
    auto units = residual_units(model, place, width, options);
    place += options.residual_layers + 1;  // the units and the activation
    stages_.push_back({std::move(units), conv_at(model / place++,
                                                 {.in = width,
                                                  .out = 2 * width,
                                                  .kernel = {2 * stride.frequency, 2 * stride.time},
                                                  .stride = stride,
                                                  .groups = groups(width, options.group_ratio)},
                                                 options)});
    width *= 2;
  }
  ++place;  // the change of shape
  if (options.lstm_layers > 0) lstm_.emplace(model / place++ / "lstm", residual_lstm(width, options));
  ++place;  // the activation
  last_.emplace(latent_conv(model / place, width, options.dimension, options.last_kernel, options));
}

at::Tensor Seanet2dEncoder::operator()(const at::Tensor& spectrum) const {
  auto x = (*first_)(spectrum);
  for (const auto& stage : stages_) {
    for (const auto& unit : stage.units) x = unit(x);
    x = stage.down(at::elu_(x));
  }
  if (x.size(2) != 1) {
    throw Error(
        "the strides make {} rows of the {} of a spectrum, but 1 is needed; check the card's 'frequency_strides'",
        x.size(2), spectrum.size(2));
  }
  x = x.squeeze(2);
  if (lstm_) x = (*lstm_)(x);
  return (*last_)(at::elu_(x));
}

Seanet2dDecoder::Seanet2dDecoder(const tensors::WeightScope& scope, const Seanet2dOptions& options) {
  const auto model = scope / "model";
  int64_t width = options.filters << options.strides.size(), place = 0;
  first_.emplace(latent_conv(model / place++, options.dimension, width, options.kernel, options));
  if (options.lstm_layers > 0) lstm_.emplace(model / place++ / "lstm", residual_lstm(width, options));
  ++place;  // the change of shape
  for (auto stride = options.strides.rbegin(); stride != options.strides.rend(); ++stride) {
    ++place;  // the activation
    const auto block = model / place++ / "convtr";
    const NormedConv2dOptions up = {.in = width,
                                    .out = width / 2,
                                    .kernel = {2 * stride->frequency, 2 * stride->time},
                                    .stride = *stride,
                                    .groups = groups(width, options.transposed_group_ratio)};
    const bool last = stride + 1 == options.strides.rend();
    width /= 2;
    NormedConvTranspose2d conv(block / "convtr", up, norm_at(block, width, options), last ? options.kept_rows : 0);
    stages_.push_back({std::move(conv), residual_units(model, place, width, options)});
    place += options.residual_layers;
  }
  ++place;  // the activation
  last_.emplace(conv_at(model / place,
                        {.in = width, .out = options.channels, .kernel = {options.last_kernel, options.last_kernel}},
                        options));
}

at::Tensor Seanet2dDecoder::operator()(const at::Tensor& latent) const {
  auto x = (*first_)(latent);
  if (lstm_) x = (*lstm_)(x);
  x = x.unsqueeze(2);
  for (const auto& stage : stages_) {
    x = stage.up(at::elu(x));
    for (const auto& unit : stage.units) x = unit(x);
  }
  return (*last_)(at::elu_(x));
}

}  // namespace cfo::codecs
