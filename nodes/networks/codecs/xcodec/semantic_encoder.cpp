#include "nodes/networks/codecs/xcodec/semantic_encoder.h"

#include "base/error.h"

namespace cfo::codecs {
namespace {

layers::Padding around(int64_t kernel, int64_t dilation = 1) {
  return layers::Padding::fixed((kernel - 1) / 2 * dilation);
}

int64_t block_kernel(int64_t stride) {
  constexpr int64_t kernel_of_stride_1 = 3;
  return stride == 1 ? kernel_of_stride_1 : 2 * stride;
}

}  // namespace

SemanticEncoder::SemanticEncoder(const tensors::WeightScope& scope, const SemanticEncoderOptions& options)
    : first_(scope / "conv.conv", {.in = options.in,
                                   .out = options.width,
                                   .kernel = options.kernel,
                                   .bias = false,
                                   .padding = around(options.kernel)}) {
  if (options.widths.size() != options.strides.size()) {
    throw Error("a semantic encoder needs one stride for each of its {} blocks, but got {}", options.widths.size(),
                options.strides.size());
  }
  int64_t in = options.width;
  for (std::size_t i = 0; i < options.widths.size(); ++i) {
    const auto place = scope / "conv_blocks" / static_cast<int64_t>(i);
    std::vector<Unit> units;
    for (const int64_t dilation : options.dilations) {
      const auto unit = place / "res_units" / static_cast<int64_t>(units.size());
      units.push_back({layers::Conv1d(unit / "conv1.conv", {.in = in,
                                                            .out = in,
                                                            .kernel = options.unit_kernel,
                                                            .dilation = dilation,
                                                            .bias = false,
                                                            .padding = around(options.unit_kernel, dilation)}),
                       layers::Conv1d(unit / "conv2", {.in = in, .out = in, .bias = false})});
    }
    const int64_t stride = options.strides[i], kernel = block_kernel(stride), out = options.widths[i];
    blocks_.push_back(
        {std::move(units),
         layers::Conv1d(place / "conv.conv",
                        {.in = in, .out = out, .kernel = kernel, .stride = stride, .padding = around(kernel)})});
    in = out;
  }
}

at::Tensor SemanticEncoder::operator()(const at::Tensor& features) const {
  auto x = first_(features);
  for (const auto& block : blocks_) {
    for (const auto& unit : block.units) {
      auto inner = unit.wide(at::elu(x));
      x = unit.narrow(at::elu_(inner)).add_(x);
    }
    x = block.conv(x);
  }
  return x;
}

}  // namespace cfo::codecs
