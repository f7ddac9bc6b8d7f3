#include "nodes/networks/codecs/hificodec/global_encoder.h"

#include "base/error.h"
#include "tests/support/written_out.h"

using namespace cfo;
using namespace cfo::codecs;
using namespace cfo::layers;
using namespace cfo::tensors;
using namespace cfo::test;

namespace {

constexpr int64_t channels = 4, inner = 3;

TensorMap random_weights() {
  TensorMap map;
  const auto add_conv = [&](const std::string& name, int64_t in, int64_t out) {
    add_linear(map, name, {out, in, 3});
    map.erase(name + ".bias");
  };
  add_conv("conv.0", channels, inner);
  add_conv("conv.2", inner, inner);
  add_conv("conv.4", inner, channels);
  add_linear(map, "fn.0", {channels, channels});
  add_norm(map, "fn.2", channels);
  map["fn.2.running_mean"] = noise("mean", {channels});
  map["fn.2.running_var"] = at::tensor({2.F, 0.5F, 1e-5F, 0.1F});  // the third counts as much as the norm's epsilon
  return map;
}

at::Tensor leaky(const at::Tensor& x) { return at::where(x > 0, x, x / 10); }

at::Tensor written(const TensorMap& map, const at::Tensor& input) {
  auto x = input;
  for (const std::string conv : {"conv.0", "conv.2", "conv.4"}) x = leaky(written_conv(map, conv, x, {.padding = 1}));
  auto mean = at::zeros({1, channels}, at::kDouble);
  for (int64_t t = 0; t < x.size(1); ++t) mean += x.select(1, t) / static_cast<double>(x.size(1));
  const auto y = leaky(written_linear(map, "fn.0", mean))[0];
  const auto deviation = (wide(map, "fn.2.running_var") + 1e-5).sqrt();
  return (y - wide(map, "fn.2.running_mean")) / deviation * wide(map, "fn.2.weight") + wide(map, "fn.2.bias");
}

}  // namespace

TEST_CASE("a whole utterance becomes one vector: convolutions, a mean, a linear layer, stored statistics") {
  const auto map = random_weights();
  const WeightScope scope(map, "test");
  const GlobalEncoder encoder(scope, channels, inner);
  CHECK(scope.unused().empty());
  for (const int64_t length : {1, 2, 3, 10}) {
    check_each_utterance(encoder, noise("x", {3, channels, length}, 2),
                         [&](const at::Tensor& x) { return written(map, x); });
  }
}

TEST_CASE("a global encoder's inner channels are those of the file") {
  CHECK_THROWS_WITH_AS(GlobalEncoder(WeightScope(random_weights(), "test"), channels, 5),
                       doctest::Contains("tensor 'conv.0.weight' has shape [3, 4, 3] where [5, 4, 3] is needed"),
                       cfo::Error);
}
