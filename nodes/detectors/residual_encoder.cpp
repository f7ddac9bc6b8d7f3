#include "nodes/detectors/residual_encoder.h"

namespace cfo::detectors {
namespace {

constexpr Conv2d::Shape with_kernel_2x3(int64_t in, int64_t out, int64_t padding_above_and_below) {
  return {.in = in, .out = out, .kernel = {2, 3}, .padding = {padding_above_and_below, 1}};
}

/// oneDNN's convolutions are fastest on the CPU with channels innermost.
at::Tensor fast_layout(const at::Tensor& x) { return x.contiguous(at::MemoryFormat::ChannelsLast); }

}  // namespace

ResidualBlock::ResidualBlock(ParameterSet& set, const std::string& name, const Shape& shape)
    : bn1_(shape.first ? std::nullopt : std::make_optional<BatchNorm>(set, name + ".bn1", shape.in)),
      conv1_(set, name + ".conv1", with_kernel_2x3(shape.in, shape.out, 1)),
      bn2_(set, name + ".bn2", shape.out),
      conv2_(set, name + ".conv2", with_kernel_2x3(shape.out, shape.out, 0)) {
  if (shape.in != shape.out) {
    conv_downsample_.emplace(set, name + ".conv_downsample",
                             Conv2d::Shape{.in = shape.in, .out = shape.out, .kernel = {1, 3}, .padding = {0, 1}});
  }
}

at::Tensor ResidualBlock::operator()(const at::Tensor& x, const Pass& pass) const {
  if (bn1_) bn1_->observe(x, pass);
  at::Tensor y = fast_layout(conv1_(x));
  y = bn2_(y, pass);
  y = conv2_(at::selu_(y));
  y.add_(conv_downsample_ ? fast_layout((*conv_downsample_)(x)) : x);
  return at::max_pool2d(y, {1, 3});
}

ResidualEncoder::ResidualEncoder(ParameterSet& set, const std::string& name,
                                 const std::vector<std::array<int64_t, 2>>& channels) {
  for (std::size_t index = 0; index < channels.size(); ++index) {
    const auto [in, out] = channels[index];
    blocks_.emplace_back(set, name + "." + std::to_string(index) + ".0",
                         ResidualBlock::Shape{.in = in, .out = out, .first = index == 0});
  }
}

at::Tensor ResidualEncoder::operator()(const at::Tensor& x, const Pass& pass) const {
  at::Tensor y = fast_layout(x);
  for (const auto& block : blocks_) y = block(y, pass);
  pass.tell("encoder", y);
  return y;
}

}  // namespace cfo::detectors
