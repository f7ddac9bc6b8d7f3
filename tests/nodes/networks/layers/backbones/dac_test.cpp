#include "nodes/networks/layers/backbones/dac.h"

#include "base/error.h"
#include "tests/support/written_out.h"

using namespace cfo;
using namespace cfo::layers;
using namespace cfo::tensors;
using namespace cfo::test;

namespace {

constexpr int64_t latent = 5;

/// Descript's: stride 2 and then 3 from the wave's end.
DacOptions descript(std::vector<int64_t> strides, int64_t width) {
  return {.width = width, .latent = latent, .strides = std::move(strides), .dilations = {1, 3}};
}

DacOptions snac(std::vector<int64_t> strides, int64_t width) {
  auto options = descript(std::move(strides), width);
  options.depthwise = options.noise = options.whole_upsampling = true;
  return options;
}

DacOptions bigcodec(std::vector<int64_t> strides, int64_t width) {
  auto options = descript(std::move(strides), width);
  options.anti_aliased = true;
  options.lstm_layers = 2;
  return options;
}

void add_activation(TensorMap& map, const std::string& name, int64_t channels, const DacOptions& options) {
  if (!options.anti_aliased) {
    map[name + ".alpha"] = noise(name, {1, channels, 1}, 2);
    return;
  }
  for (const std::string rate : {".act.alpha", ".act.beta"}) map[name + rate] = noise(name + rate, {channels});
}

void add_residual(TensorMap& map, const std::string& name, int64_t channels, const DacOptions& options) {
  add_activation(map, name + ".block.0", channels, options);
  add_linear(map, name + ".block.1", {channels, options.depthwise ? 1 : channels, 7});
  add_activation(map, name + ".block.2", channels, options);
  add_linear(map, name + ".block.3", {channels, channels, 1});
}

void add_lstm(TensorMap& map, const std::string& name, int64_t size) {
  for (const std::string layer : {"_l0", "_l1"}) {
    for (const std::string weight : {".weight_ih", ".weight_hh"})
      map[name + weight + layer] = noise(name + weight + layer, {4 * size, size}, 0.5);
    for (const std::string bias : {".bias_ih", ".bias_hh"})
      map[name + bias + layer] = noise(name + bias + layer, {4 * size});
  }
}

void add_attention(TensorMap& map, const std::string& name, int64_t channels) {
  add_norm(map, name + ".norm", channels);
  map[name + ".to_qkv.weight"] = noise(name + ".to_qkv", {3 * channels, channels}, 0.3);
  map[name + ".to_out.weight"] = noise(name + ".to_out", {channels, channels}, 0.2);
}

void add_down(TensorMap& map, const std::string& name, int64_t width, int64_t stride, const DacOptions& options) {
  add_residual(map, name + ".block.0", width, options);
  add_residual(map, name + ".block.1", width, options);
  add_activation(map, name + ".block.2", width, options);
  add_linear(map, name + ".block.3", {2 * width, width, 2 * stride});
}

void add_up(TensorMap& map, const std::string& name, int64_t width, int64_t stride, const DacOptions& options) {
  add_activation(map, name + ".block.0", width, options);
  add_transposed(map, name + ".block.1", {width, width / 2, 2 * stride});
  if (options.noise) map[name + ".block.2.linear.weight"] = noise(name + ".linear", {width / 2, width / 2, 1});
  const int first = options.noise ? 3 : 2;
  for (int i = first; i < first + 2; ++i) add_residual(map, name + ".block." + std::to_string(i), width / 2, options);
}

at::Tensor activated(const TensorMap& map, const std::string& name, const at::Tensor& x, const DacOptions& options) {
  if (options.anti_aliased) return alone(AntiAliasedSnake(WeightScope(map, "test") / name, x.size(0)), x);
  const auto alpha = wide(map, name + ".alpha")[0];
  return x + (x * alpha).sin().square() / alpha;
}

at::Tensor written_residual(const TensorMap& map, const std::string& name, const at::Tensor& x, int64_t dilation,
                            const DacOptions& options) {
  const int64_t groups = options.depthwise ? x.size(0) : 1;
  const auto spread = written_conv(map, name + ".block.1", activated(map, name + ".block.0", x, options),
                                   {.dilation = dilation, .padding = 3 * dilation, .groups = groups});
  return x + written_conv(map, name + ".block.3", activated(map, name + ".block.2", spread, options));
}

at::Tensor written_down(const TensorMap& map, const std::string& name, const at::Tensor& input, int64_t stride,
                        const DacOptions& options) {
  auto x = written_residual(map, name + ".block.0", input, 1, options);
  x = activated(map, name + ".block.2", written_residual(map, name + ".block.1", x, 3, options), options);
  return written_conv(map, name + ".block.3", x, {.stride = stride, .padding = (stride + 1) / 2});
}

/// `noise` [1, T] where the options have it.
at::Tensor written_up(const TensorMap& map, const std::string& name, const at::Tensor& input, int64_t stride,
                      const DacOptions& options, const at::Tensor& noise = {}) {
  auto x = written_conv_transpose(
      map, name + ".block.1", activated(map, name + ".block.0", input, options),
      {.stride = stride, .padding = (stride + 1) / 2, .output_padding = options.whole_upsampling ? stride % 2 : 0});
  if (options.noise) x = x + written_conv(map, name + ".block.2.linear", x) * noise;
  const std::string first = options.noise ? ".block.3" : ".block.2", second = options.noise ? ".block.4" : ".block.3";
  return written_residual(map, name + second, written_residual(map, name + first, x, 1, options), 3, options);
}

template <typename Half>
Half taking_all(const TensorMap& map, const DacOptions& options) {
  const WeightScope scope(map, "test");
  Half half(scope, options);
  CHECK(scope.unused().empty());
  return half;
}

}  // namespace

TEST_CASE("a DAC residual unit adds a wide dilated and a narrow convolution, each behind its activation") {
  for (const auto& options : {descript({}, 4), snac({}, 4), bigcodec({}, 4)}) {
    for (const int64_t dilation : {1, 3, 9}) {
      TensorMap map;
      add_residual(map, "unit", 4, options);
      const DacResidual unit(WeightScope(map, "test") / "unit", 4, dilation, options);
      for (const int64_t length : {1, 5, 30}) {
        check_each_utterance(unit, noise("x", {2, 4, length}),
                             [&](const at::Tensor& x) { return written_residual(map, "unit", x, dilation, options); });
      }
    }
  }
}

TEST_CASE("DAC's encoder doubles its channels at each stride and ends behind an activation") {
  const auto options = descript({2, 3}, 4);
  TensorMap map;
  add_linear(map, "block.0", {4, 1, 7});
  add_down(map, "block.1", 4, 2, options);
  add_down(map, "block.2", 8, 3, options);
  add_activation(map, "block.3", 16, options);
  add_linear(map, "block.4", {latent, 16, 3});
  const auto encoder = taking_all<DacEncoder>(map, options);
  for (const int64_t frames : {1, 2, 5}) {
    CAPTURE(frames);
    const auto wave = noise("wave", {2, 1, 6 * frames});
    check_each_utterance(encoder, wave, [&](const at::Tensor& x) {
      auto y = written_down(map, "block.1", written_conv(map, "block.0", x, {.padding = 3}), 2, options);
      y = activated(map, "block.3", written_down(map, "block.2", y, 3, options), options);
      return written_conv(map, "block.4", y, {.padding = 1});
    });
    CHECK(encoder(wave).size(2) == frames);
  }
}

TEST_CASE("DAC's decoder halves its channels at each stride, loses a sample to an odd one and ends in a tanh") {
  const auto options = descript({3, 2}, 16);
  TensorMap map;
  add_linear(map, "model.0", {16, latent, 7});
  add_up(map, "model.1", 16, 3, options);
  add_up(map, "model.2", 8, 2, options);
  add_activation(map, "model.3", 4, options);
  add_linear(map, "model.4", {1, 4, 7});
  const auto decoder = taking_all<DacDecoder>(map, options);
  for (const int64_t frames : {1, 2, 5}) {
    CAPTURE(frames);
    const auto x = noise("latent", {2, latent, frames});
    check_each_utterance(decoder, x, [&](const at::Tensor& z) {
      auto y = written_up(map, "model.1", written_conv(map, "model.0", z, {.padding = 3}), 3, options);
      y = activated(map, "model.3", written_up(map, "model.2", y, 2, options), options);
      return written_conv(map, "model.4", y, {.padding = 3}).tanh();
    });
    CHECK(decoder(x).size(2) == 6 * frames - 2);
  }
}

TEST_CASE("SNAC's encoder works a channel at a time, attends at its end, and ends without an activation") {
  auto options = snac({2, 3}, 16);
  options.latent = 64;
  options.attention_window = 2;
  TensorMap map;
  add_linear(map, "block.0", {16, 1, 7});
  add_down(map, "block.1", 16, 2, options);
  add_down(map, "block.2", 32, 3, options);
  add_attention(map, "block.3", 64);
  add_linear(map, "block.4", {64, 1, 7});
  const auto encoder = taking_all<DacEncoder>(map, options);
  const LocalAttention attention(WeightScope(map, "test") / "block.3", 64, 2);
  for (const int64_t frames : {2, 4}) {
    check_each_utterance(encoder, noise("wave", {2, 1, 6 * frames}), [&](const at::Tensor& x) {
      auto y = written_down(map, "block.1", written_conv(map, "block.0", x, {.padding = 3}), 2, options);
      y = alone(attention, written_down(map, "block.2", y, 3, options));
      return written_conv(map, "block.4", y, {.padding = 3, .groups = 64});
    });
  }
}

TEST_CASE(
    "SNAC's decoder begins a channel at a time, attends, adds noise after each upsampling and keeps every sample") {
  auto options = snac({3, 2}, 64);
  options.attention_window = 2;
  TensorMap map;
  add_linear(map, "model.0", {latent, 1, 7});
  add_linear(map, "model.1", {64, latent, 1});
  add_attention(map, "model.2", 64);
  add_up(map, "model.3", 64, 3, options);
  add_up(map, "model.4", 32, 2, options);
  add_activation(map, "model.5", 16, options);
  add_linear(map, "model.6", {1, 16, 7});
  const auto decoder = taking_all<DacDecoder>(map, options);
  const LocalAttention attention(WeightScope(map, "test") / "model.2", 64, 2);

  const auto drawn = [](int64_t stage, int64_t batch, int64_t length) {
    return noise("noise" + std::to_string(stage), {batch, 1, length}, 2);
  };
  std::vector<std::vector<int64_t>> asked;
  const NoiseSource source = [&](int64_t stage, const at::Tensor& like) {
    asked.push_back({stage, like.size(1), like.size(2)});
    return drawn(stage, like.size(0), like.size(2));
  };
  constexpr int64_t batch = 2, frames = 4;
  const auto x = noise("latent", {batch, latent, frames});
  const auto wave = decoder(x, source);
  CHECK(asked == std::vector<std::vector<int64_t>>{{0, 32, 12}, {1, 16, 24}});
  for (int64_t b = 0; b < batch; ++b) {
    auto y = written_conv(map, "model.1",
                          written_conv(map, "model.0", x[b].to(at::kDouble), {.padding = 3, .groups = latent}));
    y = written_up(map, "model.3", alone(attention, y), 3, options, drawn(0, batch, 12)[b]);
    y = activated(map, "model.5", written_up(map, "model.4", y, 2, options, drawn(1, batch, 24)[b]), options);
    CHECK(difference(wave[b], written_conv(map, "model.6", y, {.padding = 3}).tanh()) < rounding);
  }
}

TEST_CASE("a single frame of SNAC without attention becomes a hop") {
  const auto options = snac({3}, 4);
  TensorMap map;
  add_linear(map, "model.0", {latent, 1, 7});
  add_linear(map, "model.1", {4, latent, 1});
  add_up(map, "model.2", 4, 3, options);
  add_activation(map, "model.3", 2, options);
  add_linear(map, "model.4", {1, 2, 7});
  const auto decoder = taking_all<DacDecoder>(map, options);
  const auto silent = [](int64_t, const at::Tensor& like) { return at::zeros({like.size(0), 1, like.size(2)}); };
  check_each_utterance(
      [&](const at::Tensor& x) { return decoder(x, silent); }, noise("latent", {2, latent, 1}),
      [&](const at::Tensor& x) {
        auto y = written_conv(map, "model.1", written_conv(map, "model.0", x, {.padding = 3, .groups = latent}));
        y = activated(map, "model.3", written_up(map, "model.2", y, 3, options, at::zeros({1, 3}, at::kDouble)),
                      options);
        return written_conv(map, "model.4", y, {.padding = 3}).tanh();
      });
}

TEST_CASE("BigCodec's halves have an LSTM at the latent's end, added to its input, and anti-aliased activations") {
  const auto down = bigcodec({2}, 4), up = bigcodec({2}, 8);
  TensorMap encoding, decoding;
  add_linear(encoding, "block.0", {4, 1, 7});
  add_down(encoding, "block.1", 4, 2, down);
  add_lstm(encoding, "block.2.lstm", 8);
  add_activation(encoding, "block.3", 8, down);
  add_linear(encoding, "block.4", {latent, 8, 3});
  add_linear(decoding, "model.0", {8, latent, 7});
  add_lstm(decoding, "model.1.lstm", 8);
  add_up(decoding, "model.2", 8, 2, up);
  add_activation(decoding, "model.3", 4, up);
  add_linear(decoding, "model.4", {1, 4, 7});
  const LstmOptions lstm = {.input = 8, .hidden = 8, .layers = 2};
  const Lstm encoder_lstm(WeightScope(encoding, "test") / "block.2.lstm", lstm),
      decoder_lstm(WeightScope(decoding, "test") / "model.1.lstm", lstm);
  for (const int64_t frames : {1, 6}) {
    check_each_utterance(
        taking_all<DacEncoder>(encoding, down), noise("wave", {2, 1, 2 * frames}), [&](const at::Tensor& x) {
          auto y = written_down(encoding, "block.1", written_conv(encoding, "block.0", x, {.padding = 3}), 2, down);
          y = activated(encoding, "block.3", y + alone(encoder_lstm, y), down);
          return written_conv(encoding, "block.4", y, {.padding = 1});
        });
    check_each_utterance(
        taking_all<DacDecoder>(decoding, up), noise("latent", {2, latent, frames}), [&](const at::Tensor& x) {
          auto y = written_conv(decoding, "model.0", x, {.padding = 3});
          y = written_up(decoding, "model.2", y + alone(decoder_lstm, y), 2, up);
          return written_conv(decoding, "model.4", activated(decoding, "model.3", y, up), {.padding = 3}).tanh();
        });
  }
}

TEST_CASE("a DAC of other strides is refused by the first kernel that shows it") {
  const auto options = descript({2, 3}, 4);
  TensorMap map;
  add_linear(map, "block.0", {4, 1, 7});
  add_down(map, "block.1", 4, 2, options);
  CHECK_THROWS_WITH_AS(
      DacEncoder(WeightScope(map, "test"), descript({3, 2}, 4)),
      doctest::Contains("tensor 'block.1.block.3.weight' has shape [8, 4, 4] where [8, 4, 6] is needed"), cfo::Error);
}
