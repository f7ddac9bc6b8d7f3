#include "nodes/networks/codecs/semanticodec/audio_mae.h"

#include "base/error.h"

namespace cfo::codecs {
namespace {

constexpr double epsilon = 1e-6;

}  // namespace

VisionBlock::VisionBlock(const tensors::WeightScope& scope, const AudioMaeOptions& options)
    : attention_norm_(scope / "norm1", options.width, epsilon),
      attention_(scope / "attn", {.dimension = options.width, .heads = options.heads}),
      feed_forward_norm_(scope / "norm2", options.width, epsilon),
      wide_(scope / "mlp.fc1", {.in = options.width, .out = options.inner}),
      narrow_(scope / "mlp.fc2", {.in = options.inner, .out = options.width}) {}

at::Tensor VisionBlock::operator()(const at::Tensor& x) const {
  auto sum = attention_(attention_norm_(x)).add_(x);
  return sum.add_(narrow_(at::gelu(wide_(feed_forward_norm_(sum)))));
}

AudioMae::AudioMae(const tensors::WeightScope& scope, const AudioMaeOptions& options)
    : options_(options),
      patch_weight_((scope / "patch_embed.proj").take("weight", {options.width, 1, options.patch, options.patch})),
      patch_bias_((scope / "patch_embed.proj").take("bias", {options.width})),
      first_(scope.take("cls_token", {1, 1, options.width})),
      norm_(scope / "norm", options.width, epsilon) {
  if (options.first_output < 0 || options.first_output >= options.depth) {
    throw Error("the outputs of {} transformer blocks can be taken from block 0 to {} on, but not from {}",
                options.depth, options.depth - 1, options.first_output);
  }
  const int64_t patches = (options.frames / options.patch) * (options.bands / options.patch);
  const auto positions = scope.take("pos_embed", {1, 1 + patches, options.width});
  first_ = first_ + positions.narrow(1, 0, 1);
  positions_ = positions.narrow(1, 1, patches);
  for (int64_t i = 0; i < options.depth; ++i) blocks_.emplace_back(scope / "blocks" / i, options);
}

at::Tensor AudioMae::operator()(const at::Tensor& spectrograms) const {
  const auto patches =
      at::conv2d(spectrograms.unsqueeze(1), patch_weight_, patch_bias_, options_.patch).flatten(2).transpose(1, 2) +
      positions_;
  auto x = at::cat({first_.expand({patches.size(0), 1, options_.width}), patches}, 1);
  at::Tensor sum;
  for (int64_t i = 0; i < options_.depth; ++i) {
    x = blocks_[static_cast<std::size_t>(i)](x);
    if (i < options_.first_output) continue;
    const auto output = norm_(x.narrow(1, 1, patches.size(1)));
    sum = sum.defined() ? sum.add_(output) : output;
  }
  return sum.div_(static_cast<double>(options_.depth - options_.first_output));
}

}  // namespace cfo::codecs
