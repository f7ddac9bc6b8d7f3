#include "nodes/networks/codecs/vocos/spectrum_head.h"

#include <numbers>

#include "base/error.h"
#include "tests/support/written_out.h"

using namespace cfo;
using namespace cfo::codecs;
using namespace cfo::layers;
using namespace cfo::tensors;
using namespace cfo::test;

namespace {

constexpr int64_t dimension = 4;
constexpr double pi = std::numbers::pi;

TensorMap random_weights(int64_t n_fft) {
  TensorMap map;
  add_linear(map, "out", {n_fft + 2, dimension});
  return map;
}

std::vector<double> hann(int64_t size) {
  std::vector<double> window;
  for (int64_t n = 0; n < size; ++n)
    window.push_back(0.5 - 0.5 * std::cos(2 * pi * static_cast<double>(n) / static_cast<double>(size)));
  return window;
}

/// Cosines of the predicted magnitudes and phases, sample by sample: features [F, dimension] -> [1, F * hop].
at::Tensor written(const TensorMap& map, const SpectrumHeadOptions& options, const std::vector<double>& window,
                   const at::Tensor& features) {
  const auto predicted = written_linear(map, "out", features);
  const int64_t frames = features.size(0), bins = options.n_fft / 2 + 1, cut = (options.n_fft - options.hop) / 2;
  const auto wave = at::zeros({1, frames * options.hop}, at::kDouble);
  for (int64_t t = 0; t < wave.size(1); ++t) {
    double sum = 0, weight = 0;
    for (int64_t f = 0; f < frames; ++f) {
      const int64_t n = t + cut - f * options.hop;
      if (n < 0 || n >= options.n_fft) continue;
      double sample = 0;
      for (int64_t k = 0; k < bins; ++k) {
        const double magnitude = std::min(std::exp(predicted[f][k].item<double>()), 100.0),
                     phase = predicted[f][bins + k].item<double>();
        const double turns = static_cast<double>(k * n) / static_cast<double>(options.n_fft);
        sample += (k == 0 || k == bins - 1 ? 1 : 2) * magnitude * std::cos(2 * pi * turns + phase);
      }
      const double height = window[static_cast<std::size_t>(n)];
      sum += height * sample / static_cast<double>(options.n_fft);
      weight += height * height;
    }
    wave[0][t] = sum / weight;
  }
  return wave;
}

}  // namespace

TEST_CASE("a spectrum head sums windowed cosines and divides by the windows' squares") {
  for (const SpectrumHeadOptions options : {SpectrumHeadOptions{dimension, 8, 4}, SpectrumHeadOptions{dimension, 12, 4},
                                            SpectrumHeadOptions{dimension, 10, 2}}) {
    const auto map = random_weights(options.n_fft);
    const WeightScope scope(map, "test");
    const SpectrumHead head(scope, options);
    CHECK(scope.unused().empty());
    for (const int64_t frames : {1, 2, 7}) {
      CAPTURE(options.n_fft);
      CAPTURE(frames);
      check_each_utterance(head, noise("features", {2, frames, dimension}, 3),
                           [&](const at::Tensor& x) { return written(map, options, hann(options.n_fft), x); });
    }
  }
}

TEST_CASE("magnitudes end at 100") {
  // One frame of bin 1 alone, exp(20) loud and of phase 0; the other bins are as good as silent.
  TensorMap map = {{"out.weight", at::zeros({10, 1})},
                   {"out.bias", at::tensor({-90.F, 20.F, -90.F, -90.F, -90.F, 0.F, 0.F, 0.F, 0.F, 0.F})}};
  const SpectrumHead head(WeightScope(map, "test"), {.dimension = 1, .n_fft = 8, .hop = 4});
  std::vector<double> expected;
  for (const int n : {2, 3, 4, 5})
    expected.push_back(2 * 100.0 / 8 * std::cos(2 * pi * n / 8) / (0.5 - 0.5 * std::cos(2 * pi * n / 8)));
  CHECK(difference(head(at::zeros({1, 1, 1})), at::tensor(expected, at::kDouble).view({1, 1, 4})) < rounding);
}

TEST_CASE("a stored window takes the place of Hann's") {
  const SpectrumHeadOptions options = {.dimension = dimension, .n_fft = 8, .hop = 2};
  auto map = random_weights(options.n_fft);
  const std::vector<double> window = {0.1, 0.9, 0.4, 0.8, 0.3, 0.7, 0.2, 0.6};
  map["istft.window"] = at::tensor(window, at::kFloat);
  const WeightScope scope(map, "test");
  const SpectrumHead head(scope, options);
  CHECK(scope.unused().empty());
  check_each_utterance(head, noise("features", {2, 5, dimension}),
                       [&](const at::Tensor& x) { return written(map, options, window, x); });
}

TEST_CASE("a head or a window of another transform size is refused") {
  auto map = random_weights(8);
  CHECK_THROWS_WITH_AS(SpectrumHead(WeightScope(map, "test"), {.dimension = dimension, .n_fft = 16, .hop = 4}),
                       doctest::Contains("tensor 'out.weight' has shape [10, 4] where [18, 4] is needed"), cfo::Error);
  map["istft.window"] = at::ones({6});
  CHECK_THROWS_WITH_AS(SpectrumHead(WeightScope(map, "test"), {.dimension = dimension, .n_fft = 8, .hop = 4}),
                       doctest::Contains("tensor 'istft.window' has shape [6] where [8] is needed"), cfo::Error);
}
