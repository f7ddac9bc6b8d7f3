#include "nodes/networks/layers/backbones/dac.h"

namespace cfo::layers {
namespace {

constexpr int64_t kernel = 7;

std::vector<DacResidual> residual_units(const tensors::WeightScope& scope, int64_t first, int64_t channels,
                                        const DacOptions& options) {
  std::vector<DacResidual> units;
  for (const int64_t dilation : options.dilations) units.emplace_back(scope / first++, channels, dilation, options);
  return units;
}

Conv1dOptions same_length(int64_t in, int64_t out, int64_t width, int64_t groups = 1) {
  return {.in = in, .out = out, .kernel = width, .groups = groups, .padding = Padding::fixed(width / 2)};
}

LstmOptions residual_lstm(int64_t width, const DacOptions& options) {
  return {.input = width, .hidden = width, .layers = options.lstm_layers, .skip = true};
}

}  // namespace

DacActivation::DacActivation(const tensors::WeightScope& scope, int64_t channels, const DacOptions& options)
    : activation_(options.anti_aliased ? std::variant<Snake, AntiAliasedSnake>(AntiAliasedSnake(scope, channels))
                                       : Snake(scope, channels)) {}

at::Tensor DacActivation::operator()(const at::Tensor& x) const {
  return std::visit([&](const auto& activation) { return activation(x); }, activation_);
}

DacResidual::DacResidual(const tensors::WeightScope& scope, int64_t channels, int64_t dilation,
                         const DacOptions& options)
    : activation1_(scope / "block.0", channels, options),
      wide_(scope / "block.1", {.in = channels,
                                .out = channels,
                                .kernel = kernel,
                                .dilation = dilation,
                                .groups = options.depthwise ? channels : 1,
                                .padding = Padding::fixed(kernel / 2 * dilation)}),
      activation2_(scope / "block.2", channels, options),
      narrow_(scope / "block.3", {.in = channels, .out = channels}) {}

at::Tensor DacResidual::operator()(const at::Tensor& x) const {
  auto y = narrow_(activation2_(wide_(activation1_(x))));
  const int64_t lost = x.size(-1) - y.size(-1);
  return y.add_(lost == 0 ? x : x.narrow(-1, lost / 2, y.size(-1)));
}

DacResidual DacResidual::unpadded() const {
  auto copy = *this;
  copy.wide_ = wide_.unpadded();
  return copy;
}

DacEncoder::DacEncoder(const tensors::WeightScope& scope, const DacOptions& options) {
  const auto block = scope / "block";
  int64_t width = options.width, place = 0;
  ends_.emplace_back(block / place++, same_length(1, width, kernel));
  for (const int64_t stride : options.strides) {
    const auto stage = block / place++ / "block";
    const auto after = static_cast<int64_t>(options.dilations.size());
    stages_.push_back({residual_units(stage, 0, width, options), DacActivation(stage / after, width, options),
                       Conv1d(stage / (after + 1), {.in = width,
                                                    .out = 2 * width,
                                                    .kernel = 2 * stride,
                                                    .stride = stride,
                                                    .padding = Padding::fixed(dac_padding(stride))})});
    width *= 2;
  }
  if (options.lstm_layers > 0) lstm_.emplace(block / place++ / "lstm", residual_lstm(width, options));
  if (options.attention_window > 0) attention_.emplace(block / place++, width, options.attention_window);
  constexpr int64_t last_kernel = 3;
  if (!options.depthwise) last_activation_.emplace(block / place++, width, options);
  ends_.emplace_back(block / place, options.depthwise ? same_length(width, options.latent, kernel, width)
                                                      : same_length(width, options.latent, last_kernel));
}

DacEncoder DacEncoder::unpadded() const {
  auto copy = *this;
  for (auto& conv : copy.ends_) conv = conv.unpadded();
  for (auto& stage : copy.stages_) {
    for (auto& unit : stage.units) unit = unit.unpadded();
    stage.down = stage.down.unpadded();
  }
  return copy;
}

at::Tensor DacEncoder::operator()(const at::Tensor& wave) const {
  auto x = ends_.front()(wave);
  for (const auto& stage : stages_) {
    for (const auto& unit : stage.units) x = unit(x);
    x = stage.down(stage.activation(x));
  }
  if (lstm_) x = (*lstm_)(x);
  if (attention_) x = (*attention_)(x);
  if (last_activation_) x = (*last_activation_)(x);
  return ends_.back()(x);
}

DacDecoder::DacDecoder(const tensors::WeightScope& scope, const DacOptions& options) : bounded_(options.bounded) {
  const auto model = scope / "model";
  int64_t width = options.width, place = 0;
  if (options.depthwise) {
    head_.emplace_back(model / place++, same_length(options.latent, options.latent, kernel, options.latent));
    head_.emplace_back(model / place++, same_length(options.latent, width, 1));
  } else {
    head_.emplace_back(model / place++, same_length(options.latent, width, kernel));
  }
  if (options.lstm_layers > 0) lstm_.emplace(model / place++ / "lstm", residual_lstm(width, options));
  if (options.attention_window > 0) attention_.emplace(model / place++, width, options.attention_window);
  for (const int64_t stride : options.strides) {
    const auto stage = model / place++ / "block";
    int64_t part = 0;
    DacActivation activation(stage / part++, width, options);
    ConvTranspose1d up(stage / part++, {.in = width,
                                        .out = width / 2,
                                        .kernel = 2 * stride,
                                        .stride = stride,
                                        .output_padding = options.whole_upsampling ? stride % 2 : 0,
                                        .padding = Padding::fixed(dac_padding(stride))});
    width /= 2;
    std::optional<Conv1d> loudness;
    if (options.noise)
      loudness.emplace(stage / part++ / "linear", Conv1dOptions{.in = width, .out = width, .bias = false});
    stages_.push_back(
        {std::move(activation), std::move(up), std::move(loudness), residual_units(stage, part, width, options)});
  }
  last_activation_.emplace(model / place++, width, options);
  last_.emplace(model / place, same_length(width, 1, kernel));
}

DacDecoder DacDecoder::unpadded() const {
  auto copy = *this;
  for (auto& conv : copy.head_) conv = conv.unpadded();
  for (auto& stage : copy.stages_) {
    for (auto& unit : stage.units) unit = unit.unpadded();
    stage.up = stage.up.untrimmed();
  }
  copy.last_ = last_->unpadded();
  return copy;
}

at::Tensor DacDecoder::operator()(const at::Tensor& latent, const NoiseSource& noise) const {
  auto x = latent;
  for (const auto& conv : head_) x = conv(x);
  if (lstm_) x = (*lstm_)(x);
  if (attention_) x = (*attention_)(x);
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    const auto& stage = stages_[i];
    x = stage.up(stage.activation(x));
    if (stage.loudness) x.addcmul_((*stage.loudness)(x), noise(static_cast<int64_t>(i), x));
    for (const auto& unit : stage.units) x = unit(x);
  }
  const auto wave = (*last_)((*last_activation_)(x));
  return bounded_ ? wave.tanh_() : wave;
}

}  // namespace cfo::layers
