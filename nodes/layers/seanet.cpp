#include "nodes/layers/seanet.h"

#include <ranges>

namespace cfo::layers {
namespace {

/// The places model.0, model.1, ... in the order in which the official Sequential fills them; activations take one each.
class Places {
 public:
  Places(const WeightScope& scope, const SeanetOptions& options) : scope_(scope / "model"), options_(options) {}
  void skip_activation() { ++next_; }
  WeightScope block() { return scope_ / next_++; }
  WeightScope conv() { return block() / options_.conv; }
  WeightScope transposed() { return block() / options_.transposed; }

 private:
  WeightScope scope_;
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

std::vector<Lstm> recurrent_part(Places& places, const SeanetOptions& options, int64_t channels) {
  if (options.lstm_layers == 0) return {};
  const LstmOptions lstm = {.input = channels, .hidden = channels, .layers = options.lstm_layers,
                            .bidirectional = options.lstm_bidirectional, .skip = true};
  return {Lstm(places.block() / "lstm", lstm)};
}

}  // namespace

SeanetResidual::SeanetResidual(const WeightScope& scope, const SeanetOptions& options, int64_t channels, int64_t dilation)
    : wide_(scope / "block.1" / options.conv,
            {.in = channels, .out = channels / options.compress, .kernel = options.residual_kernel, .dilation = dilation,
             .padding = options.padding}),
      narrow_(scope / "block.3" / options.conv,
              {.in = channels / options.compress, .out = channels, .padding = options.padding}) {
  if (!options.convolved_skip) return;
  skip_.emplace_back(scope / "shortcut" / options.conv,
                     Conv1dOptions{.in = channels, .out = channels, .padding = options.padding});
}

at::Tensor SeanetResidual::operator()(const at::Tensor& x) const {
  auto hidden = wide_(at::elu(x));
  auto result = narrow_(at::elu_(hidden));
  return result += skip_.empty() ? x : skip_.front()(x);
}

SeanetEncoder::SeanetEncoder(const WeightScope& scope, const SeanetOptions& options) {
  Places places(scope, options);
  int64_t width = options.filters;
  ends_.emplace_back(places.conv(), Conv1dOptions{.in = options.channels, .out = width, .kernel = options.kernel,
                                                  .padding = options.padding});
  for (const int64_t stride : options.strides) {
    auto units = residual_units(places, options, width);
    places.skip_activation();
    stages_.push_back({std::move(units), Conv1d(places.conv(), {.in = width, .out = 2 * width, .kernel = 2 * stride,
                                                                .stride = stride, .padding = options.padding})});
    width *= 2;
  }
  lstm_ = recurrent_part(places, options, width);
  places.skip_activation();
  ends_.emplace_back(places.conv(), Conv1dOptions{.in = width, .out = options.dimension, .kernel = options.last_kernel,
                                                  .padding = options.padding});
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

SeanetDecoder::SeanetDecoder(const WeightScope& scope, const SeanetOptions& options) {
  Places places(scope, options);
  int64_t width = options.filters << options.strides.size();
  ends_.emplace_back(places.conv(), Conv1dOptions{.in = options.dimension, .out = width, .kernel = options.kernel,
                                                  .padding = options.padding});
  lstm_ = recurrent_part(places, options, width);
  for (const int64_t stride : options.strides | std::views::reverse) {
    places.skip_activation();
    ConvTranspose1d up(places.transposed(), {.in = width, .out = width / 2, .kernel = 2 * stride, .stride = stride,
                                             .padding = options.padding});
    width /= 2;
    stages_.push_back({std::move(up), residual_units(places, options, width)});
  }
  places.skip_activation();
  ends_.emplace_back(places.conv(), Conv1dOptions{.in = width, .out = options.channels, .kernel = options.last_kernel,
                                                  .padding = options.padding});
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
