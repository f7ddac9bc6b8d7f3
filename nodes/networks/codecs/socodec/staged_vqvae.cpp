#include "nodes/networks/codecs/socodec/staged_vqvae.h"

namespace cfo::codecs {
namespace {

// Places in the published sequences: each stage is followed by an identity (once a norm) and an activation.
constexpr int64_t first_place = 0, first_stage = 2, stage_step = 3;

int64_t stage_place(std::size_t stage) { return first_stage + stage_step * static_cast<int64_t>(stage); }

layers::Conv1dOptions plain(int64_t in, const StagedVqVaeOptions& options) {
  return {.in = in, .out = options.width, .kernel = options.kernel};
}

/// Two residual units, at `place` of the stage's sequence and after.
std::vector<StagedResidual> two_units(const tensors::WeightScope& layers, int64_t place,
                                      const StagedVqVaeOptions& options) {
  return {StagedResidual(layers / place / "layers", options),
          StagedResidual(layers / (place + stage_step) / "layers", options)};
}

/// x becomes swish of it, x / (1 + exp(-x)).
at::Tensor swish(at::Tensor x) { return at::silu_(x); }

}  // namespace

CausalConv1d::CausalConv1d(const tensors::WeightScope& scope, const layers::Conv1dOptions& options)
    : past_((options.kernel - 1) * options.dilation), conv_(scope, [&] {
        auto unpadded = options;
        unpadded.padding = layers::Padding::fixed(0);
        return unpadded;
      }()) {}

at::Tensor CausalConv1d::operator()(const at::Tensor& x) const {
  return conv_(layers::pad(x, past_, 0, layers::PadMode::zero));
}

StagedResidual::StagedResidual(const tensors::WeightScope& scope, const StagedVqVaeOptions& options)
    : first_(scope / int64_t{0},
             {.in = options.width, .out = options.width, .kernel = options.kernel, .groups = options.groups}),
      second_(scope / 3,
              {.in = options.width, .out = options.width, .kernel = options.kernel, .groups = options.groups}) {}

at::Tensor StagedResidual::operator()(const at::Tensor& x) const { return second_(swish(first_(x))).add_(x); }

StagedEncoder::StagedEncoder(const tensors::WeightScope& scope, int64_t in, const StagedVqVaeOptions& options) {
  const auto layers = scope / "layers";
  ends_.emplace_back(layers / first_place, plain(in, options));
  for (std::size_t s = 0; s < options.strides.size(); ++s) {
    const auto stage = layers / stage_place(s) / "layers";
    const int64_t stride = options.strides[s];
    stages_.push_back(
        {two_units(stage, 0, options),
         CausalConv1d(stage / 6, {.in = options.width, .out = options.width, .kernel = 2 * stride, .stride = stride})});
  }
  ends_.emplace_back(layers / stage_place(stages_.size()), plain(options.width, options));
}

at::Tensor StagedEncoder::operator()(const at::Tensor& features) const {
  auto x = swish(ends_.front()(features));
  for (const auto& stage : stages_) {
    for (const auto& unit : stage.units) x = swish(unit(x));
    x = swish(stage.down(x));
  }
  return ends_.back()(x);
}

StagedDecoder::StagedDecoder(const tensors::WeightScope& scope, const StagedVqVaeOptions& options)
    : first_(scope / "layers" / first_place, plain(options.width, options)) {
  for (std::size_t s = 0; s < options.strides.size(); ++s) {
    const auto stage = scope / "layers" / stage_place(s) / "layers";
    const int64_t stride = options.strides[s];
    layers::ConvTranspose1d up(stage / int64_t{0}, {.in = options.width,
                                                    .out = options.width,
                                                    .kernel = 2 * stride,
                                                    .stride = stride,
                                                    .padding = layers::Padding::causal(layers::PadMode::zero)});
    stages_.push_back({std::move(up), two_units(stage, 3, options)});
  }
}

at::Tensor StagedDecoder::operator()(const at::Tensor& x) const {
  auto hidden = swish(first_(x));
  for (const auto& stage : stages_) {
    hidden = swish(stage.up(hidden));
    for (const auto& unit : stage.units) hidden = swish(unit(hidden));
  }
  return hidden;
}

int64_t StagedDecoder::last_layer() const { return stage_place(stages_.size()); }

}  // namespace cfo::codecs
