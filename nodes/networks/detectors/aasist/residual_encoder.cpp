#include "nodes/networks/detectors/aasist/residual_encoder.h"

#include "nodes/networks/detectors/aasist/tiled_block.h"

namespace cfo::detectors {
namespace {

layers::Conv2dOptions with_kernel_2x3(int64_t in, int64_t out, int64_t padding_above_and_below) {
  return {.in = in, .out = out, .kernel = {2, 3}, .padding = {padding_above_and_below, 1}};
}

/// oneDNN's convolutions are fastest on the CPU with channels innermost.
at::Tensor fast_layout(const at::Tensor& x) { return x.contiguous(at::MemoryFormat::ChannelsLast); }

/// The convolution and the batch norm behind it as one convolution.
std::pair<at::Tensor, at::Tensor> folded(const layers::Conv2d& conv, const BatchNorm& bn,
                                         const ChannelStatistics& statistics) {
  const at::Tensor scale = bn.weight().to(at::kDouble) * at::rsqrt(statistics.variance + BatchNorm::eps);
  const at::Tensor weight = conv.weight() * scale.to(conv.weight().scalar_type()).view({-1, 1, 1, 1});
  const at::Tensor bias = (conv.bias().to(at::kDouble) - statistics.mean) * scale + bn.bias().to(at::kDouble);
  return {weight, bias.to(conv.bias().scalar_type())};
}

bool can_tile(const at::Tensor& x) { return x.device().is_cpu() && x.scalar_type() == at::kFloat; }

}  // namespace

ResidualBlock::ResidualBlock(ParameterSet& set, const std::string& name, const Shape& shape)
    : pooled_(shape.pooled),
      bn1_(shape.first ? std::nullopt : std::make_optional<BatchNorm>(set, name + ".bn1", shape.in)),
      conv1_(declare_conv2d(set, name + ".conv1", with_kernel_2x3(shape.in, shape.out, 1))),
      bn2_(set, name + ".bn2", shape.out),
      conv2_(declare_conv2d(set, name + ".conv2", with_kernel_2x3(shape.out, shape.out, 0))) {
  if (shape.in != shape.out) {
    conv_downsample_ = declare_conv2d(set, name + ".conv_downsample",
                                      {.in = shape.in, .out = shape.out, .kernel = {1, 3}, .padding = {0, 1}});
  }
}

at::Tensor ResidualBlock::operator()(const at::Tensor& x, const Pass& pass) const {
  if (bn1_ && pass.training()) {
    const auto [mean, variance] = channel_statistics(x);
    bn1_->move(mean, variance, x.numel() / x.size(1));
  }
  if (!pooled_) return unpooled(x, pass);
  if (!can_tile(x)) return pool_sum_by_3(conv2_(at::selu(bn2_(conv1_(x), pass))), shortcut(x));
  if (!pass.training()) return tiled(x, {bn2_.running_mean().to(at::kDouble), bn2_.running_var().to(at::kDouble)});
  return pool_sum_by_3(conv2_(batch_norm_selu(conv1_(x), bn2_)), shortcut(x));
}

at::Tensor ResidualBlock::shortcut(const at::Tensor& x) const { return conv_downsample_ ? (*conv_downsample_)(x) : x; }

at::Tensor ResidualBlock::unpooled(const at::Tensor& x, const Pass& pass) const {
  const at::Tensor hidden = conv1_(x);
  const bool precise = pass.training() && can_tile(x);
  return conv2_(precise ? batch_norm_selu(hidden, bn2_) : at::selu(bn2_(hidden, pass))) + shortcut(x);
}

at::Tensor ResidualBlock::tiled(const at::Tensor& x, const ChannelStatistics& statistics) const {
  const auto [weight, bias] = folded(conv1_, bn2_, statistics);
  FoldedBlock block{weight, bias, conv2_.weight(), conv2_.bias(), {}, {}};
  if (conv_downsample_) {
    block.shortcut = conv_downsample_->weight();
    block.shortcut_bias = conv_downsample_->bias();
  }
  return tiled_block(x, block);
}

ResidualEncoder::ResidualEncoder(ParameterSet& set, const std::string& name,
                                 const std::vector<std::array<int64_t, 2>>& channels, bool pooled) {
  for (std::size_t index = 0; index < channels.size(); ++index) {
    const auto [in, out] = channels[index];
    blocks_.emplace_back(set, name + "." + std::to_string(index) + ".0",
                         ResidualBlock::Shape{.in = in, .out = out, .first = index == 0, .pooled = pooled});
  }
}

at::Tensor ResidualEncoder::operator()(const at::Tensor& x, const Pass& pass) const {
  at::Tensor y = fast_layout(x);
  for (const auto& block : blocks_) y = block(y, pass);
  pass.tell("encoder", y);
  return y;
}

}  // namespace cfo::detectors
