#include "nodes/networks/codecs/xcodec/semantic_encoder.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "base/error.h"
#include "nodes/networks/codecs/dac/dac_codec.h"
#include "nodes/networks/layers/backbones/dac.h"
#include "nodes/networks/tensors/seeded_weights.h"

using namespace cfo;
using namespace cfo::codecs;
using namespace cfo::layers;
using namespace cfo::tensors;

namespace {

at::Tensor seeded(const std::string& name, const std::vector<int64_t>& shape) {
  return seeded_tensor(name, shape, -1, 1, 7);
}

/// x [C, F] with `edge` zeros at each end, seen through w [O, C, K].
at::Tensor convolved(const at::Tensor& x, const at::Tensor& w, int64_t stride, int64_t dilation, int64_t edge) {
  const auto padded = at::constant_pad_nd(x, {edge, edge}, 0);
  const int64_t span = (w.size(2) - 1) * dilation + 1;
  return at::einsum("cfk,ock->of", {padded.unfold(1, span, stride).slice(2, 0, c10::nullopt, dilation), w});
}

at::Tensor plain_elu(const at::Tensor& x) { return at::where(x.gt(0), x, x.exp() - 1); }

}  // namespace

TEST_CASE("a semantic encoder is a convolution and blocks of residual units and a convolution that may stride") {
  const TensorMap weights = {{"conv.conv.weight", seeded("first", {4, 3, 3})},
                             {"conv_blocks.0.res_units.0.conv1.conv.weight", seeded("wide", {4, 4, 3})},
                             {"conv_blocks.0.res_units.0.conv2.weight", seeded("narrow", {4, 4, 1})},
                             {"conv_blocks.0.conv.conv.weight", seeded("down", {5, 4, 4})},
                             {"conv_blocks.0.conv.conv.bias", seeded("down bias", {5})},
                             {"conv_blocks.1.res_units.0.conv1.conv.weight", seeded("wide1", {5, 5, 3})},
                             {"conv_blocks.1.res_units.0.conv2.weight", seeded("narrow1", {5, 5, 1})},
                             {"conv_blocks.1.conv.conv.weight", seeded("same", {2, 5, 3})},
                             {"conv_blocks.1.conv.conv.bias", seeded("same bias", {2})}};
  const auto get = [&](const std::string& name) { return weights.at(name + ".weight"); };
  const SemanticEncoderOptions options = {
      .in = 3, .width = 4, .kernel = 3, .unit_kernel = 3, .dilations = {2}, .widths = {5, 2}, .strides = {2, 1}};
  const auto features = seeded("features", {2, 3, 9});
  const auto result = SemanticEncoder(WeightScope(weights, "test"), options)(features);
  for (int64_t b = 0; b < features.size(0); ++b) {
    auto x = convolved(features[b], get("conv.conv"), 1, 1, 1);
    for (const int64_t block : {0, 1}) {
      const auto place = "conv_blocks." + std::to_string(block);
      const auto inner = convolved(plain_elu(x), get(place + ".res_units.0.conv1.conv"), 1, 2, 2);
      x = x + convolved(plain_elu(inner), get(place + ".res_units.0.conv2"), 1, 1, 0);
      x = convolved(x, get(place + ".conv.conv"), block == 0 ? 2 : 1, 1, 1) +
          weights.at(place + ".conv.conv.bias").unsqueeze(1);
    }
    CHECK(result[b].sizes() == x.sizes());
    CHECK(at::allclose(result[b], x, 1e-4, 1e-4));
  }
  auto half = options;
  half.strides.pop_back();
  CHECK_THROWS_WITH_AS(SemanticEncoder(WeightScope(weights, "test"), half),
                       "a semantic encoder needs one stride for each of its 2 blocks, but got 1", cfo::Error);
}

TEST_CASE("the frames of DAC's encoder are known from the samples") {
  const std::vector<int64_t> strides = {8, 5, 4, 2};  // X-Codec's
  CHECK(cfo::codecs::shortest_encoded(strides) == 312);
  CHECK(cfo::codecs::encoder_frames(312, strides) == 1);
  CHECK(cfo::codecs::encoder_frames(631, strides) == 1);
  CHECK(cfo::codecs::encoder_frames(632, strides) == 2);
  CHECK(cfo::codecs::encoder_frames(20960, strides) == 65);
}
