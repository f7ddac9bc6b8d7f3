#include "nodes/networks/codecs/semanticodec/diffusion/unet.h"

#include "nodes/networks/codecs/semanticodec/diffusion/doubled.h"

#include <algorithm>
#include <cmath>

namespace cfo::codecs {
namespace {

constexpr int64_t groups = 32;

int64_t embedding_size(const UnetOptions& options) { return 4 * options.width; }

}  // namespace

UnetBlock::UnetBlock(const tensors::WeightScope& scope, int64_t in, int64_t out, int64_t stride,
                     const UnetOptions& options)
    : residual_(Residual2d::timed(scope / 0, in, out, embedding_size(options))) {
  const auto& strides = options.attention_strides;
  if (std::find(strides.begin(), strides.end(), stride) == strides.end()) return;
  SpatialTransformerOptions transformer = {.channels = out, .heads = out / options.head_size, .depth = options.depth};
  if (options.extra_self_attention) transformers_.emplace_back(scope / size(), transformer);
  transformer.context = options.context;
  transformers_.emplace_back(scope / size(), transformer);
}

std::vector<AttentionMemory> UnetBlock::remember(const at::Tensor& context) const {
  return transformers_.empty() ? std::vector<AttentionMemory>() : transformers_.back().remember(context);
}

at::Tensor UnetBlock::operator()(const at::Tensor& x, const at::Tensor& embedding,
                                 const std::vector<AttentionMemory>& memories) const {
  auto result = residual_(x, embedding);
  for (const auto& transformer : transformers_) result = transformer(result, memories);
  return result;
}

Unet::Unet(const tensors::WeightScope& scope, const UnetOptions& options)
    : width_(options.width),
      embed1_(scope / "time_embed" / 0, {.in = options.width, .out = embedding_size(options)}),
      embed2_(scope / "time_embed" / 2, {.in = embedding_size(options), .out = embedding_size(options)}),
      out_norm_(scope / "out" / 0, groups, options.width * options.multipliers.at(0)),
      out_conv_(scope / "out" / 2, {.in = options.width, .out = options.out}) {
  auto channels = build_down(scope / "input_blocks", options);
  const int64_t bottom = channels.back(), stride = int64_t{1} << (options.multipliers.size() - 1);
  middle_.emplace(scope / "middle_block", bottom, bottom, stride, options);
  last_middle_ = Residual2d::timed(scope / "middle_block" / middle_->size(), bottom, bottom, embedding_size(options));
  build_up(scope / "output_blocks", options, std::move(channels));
}

/// Gives the channels of every stage's output.
std::vector<int64_t> Unet::build_down(const tensors::WeightScope& scope, const UnetOptions& options) {
  std::vector<int64_t> channels = {options.width};
  const auto place = [&] { return scope / static_cast<int64_t>(down_.size()); };
  down_.push_back({std::nullopt, layers::Conv2d(place() / 0, {.in = options.in, .out = options.width})});
  for (std::size_t level = 0; level < options.multipliers.size(); ++level) {
    const int64_t stride = int64_t{1} << level, out = options.width * options.multipliers[level];
    for (int64_t i = 0; i < options.residuals; ++i) {
      down_.push_back({UnetBlock(place(), channels.back(), out, stride, options), std::nullopt});
      channels.push_back(out);
    }
    if (level + 1 == options.multipliers.size()) break;
    down_.push_back({std::nullopt, layers::Conv2d(place() / 0 / "op", {.in = out, .out = out, .stride = {2, 2}})});
    channels.push_back(out);
  }
  return channels;
}

void Unet::build_up(const tensors::WeightScope& scope, const UnetOptions& options, std::vector<int64_t> channels) {
  int64_t in = channels.back();
  for (std::size_t level = options.multipliers.size(); level-- > 0;) {
    const int64_t stride = int64_t{1} << level, out = options.width * options.multipliers[level];
    for (int64_t i = 0; i <= options.residuals; ++i) {
      const auto place = scope / static_cast<int64_t>(up_.size());
      Stage stage = {UnetBlock(place, in + channels.back(), out, stride, options), std::nullopt};
      if (level > 0 && i == options.residuals)
        stage.conv.emplace(place / stage.block->size() / "conv", layers::Conv2dOptions{.in = out, .out = out});
      up_.push_back(std::move(stage));
      channels.pop_back();
      in = out;
    }
  }
}

Unet::Memory Unet::remember(const at::Tensor& context) const {
  Memory memory;
  for (const auto& stage : down_)
    memory.push_back(stage.block ? stage.block->remember(context) : std::vector<AttentionMemory>());
  memory.push_back(middle_->remember(context));
  for (const auto& stage : up_) memory.push_back(stage.block->remember(context));
  return memory;
}

at::Tensor Unet::embed(int64_t step) const {
  constexpr double longest_period = 10000;
  const int64_t half = width_ / 2;
  const auto frequencies =
      at::arange(half, at::kFloat).mul_(-std::log(longest_period)).div_(static_cast<double>(half)).exp_();
  const auto angles = frequencies.mul_(static_cast<double>(step)).unsqueeze(0);
  auto hidden = embed1_(at::cat({angles.cos(), angles.sin()}, 1).to(out_conv_.device()));
  return embed2_(at::silu_(hidden));
}

Unet::Descent Unet::descend(const at::Tensor& x, const at::Tensor& embedding, const Memory& memory) const {
  Descent descent = {x, {}};
  for (std::size_t i = 0; i < down_.size(); ++i) {
    const auto& [block, conv] = down_[i];
    descent.bottom = block ? (*block)(descent.bottom, embedding, memory.at(i)) : (*conv)(descent.bottom);
    descent.outputs.push_back(descent.bottom);
  }
  descent.bottom = (*last_middle_)((*middle_)(descent.bottom, embedding, memory.at(down_.size())), embedding);
  return descent;
}

at::Tensor Unet::ascend(Descent descent, const at::Tensor& embedding, const Memory& memory) const {
  auto x = descent.bottom;
  for (std::size_t i = 0; i < up_.size(); ++i) {
    x = (*up_[i].block)(at::cat({x, descent.outputs.back()}, 1), embedding, memory.at(down_.size() + 1 + i));
    descent.outputs.pop_back();
    if (up_[i].conv) x = (*up_[i].conv)(doubled(x));
  }
  x = out_norm_(x);
  return out_conv_(at::silu_(x));
}

at::Tensor Unet::operator()(const at::Tensor& x, int64_t step, const Memory& memory) const {
  const auto embedding = embed(step);
  return ascend(descend(x, embedding, memory), embedding, memory);
}

}  // namespace cfo::codecs
