// UTMOS and its resampling, on a network small enough to write out.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "base/error.h"
#include "nodes/networks/layers/ssl/ssl_tensors.h"
#include "nodes/networks/quality/sinc_resample.h"
#include "nodes/networks/quality/utmos.h"
#include "nodes/networks/tensors/seeded_weights.h"

using namespace cfo;

namespace {

/// A UTMOS of two convolutions and one layer.
quality::UtmosOptions small_options() {
  quality::UtmosOptions options;
  options.encoder = {.conv = {.widths = {6, 6}, .kernels = {4, 2}, .strides = {2, 2}},
                     .position = {.kernel = 4, .groups = 2},
                     .width = 8,
                     .layers = 1,
                     .heads = 2,
                     .feed_forward = 10};
  options.domain_embedding = 3;
  options.judge_embedding = 2;
  options.hidden = 5;
  options.projection = 7;
  return options;
}

TensorMap small_weights() {
  TensorMap weights;
  const auto put = [&](const std::string& name, const std::vector<int64_t>& shape) {
    weights[name] = tensors::seeded_tensor(name, shape, -1, 1, 3);
  };
  const auto put_pair = [&](const std::string& name, const std::vector<int64_t>& shape) {
    put(name + ".weight", shape);
    put(name + ".bias", {shape.front()});
  };
  for (const auto& [name, shape, fan_in] : layers::ssl_tensors(small_options().encoder, layers::fairseq_ssl_names()))
    put("wav2vec2." + name, shape);
  put("domain_emb", {1, 3});
  put("judge_emb", {1, 2});
  for (const std::string end : {"", "_reverse"}) {
    put("blstm.weight_ih_l0" + end, {20, 13});
    put("blstm.weight_hh_l0" + end, {20, 5});
    put("blstm.bias_ih_l0" + end, {20});
    put("blstm.bias_hh_l0" + end, {20});
  }
  put_pair("projection.0", {7, 10});
  put_pair("projection.2", {1, 7});
  return weights;
}

at::Tensor waves(int64_t batch, int64_t samples) {
  return tensors::seeded_tensor("wave", {batch, samples}, -0.5, 0.5, 5);
}

/// Sample m of the resampled wave by the definition: a windowed sinc around the time m / to.
double resampled_at(const at::Tensor& wave, int64_t m, double from, double to) {
  constexpr double crossings = 6, rolloff = 0.99;
  const double cutoff = std::min(from, to) * rolloff;  // twice the highest frequency kept, Hz
  double sum = 0;
  for (int64_t n = 0; n < wave.size(0); ++n) {
    const double t = (static_cast<double>(n) / from - static_cast<double>(m) / to) * cutoff;
    if (std::abs(t) >= crossings) continue;
    const double sinc = t == 0 ? 1 : std::sin(std::numbers::pi * t) / (std::numbers::pi * t);
    const double window = std::pow(std::cos(std::numbers::pi * t / crossings / 2), 2);
    sum += wave[n].item<double>() * sinc * window * cutoff / from;
  }
  return sum;
}

}  // namespace

TEST_CASE("a batch gives each utterance the score that it has alone") {
  const quality::Utmos utmos({small_weights(), "test"}, small_options());
  const auto wave = waves(3, 50);
  const auto together = utmos.score(wave);
  REQUIRE(together.sizes() == at::IntArrayRef{3});
  for (int64_t i = 0; i < 3; ++i) {
    const double alone = utmos.score(wave.narrow(0, i, 1)).item<double>();
    CHECK(together[i].item<double>() == doctest::Approx(alone).epsilon(1e-5));
    if (i > 0) CHECK(std::abs(alone - together[0].item<double>()) > 1e-3);
  }
}

TEST_CASE("every weight counts, and the mean of the frames' scores is brought to the scale of 1 to 5") {
  const tensors::WeightScope scope(small_weights(), "test");
  const quality::Utmos utmos(scope, small_options());
  CHECK(scope.unused().empty());
  const auto wave = waves(1, 50);
  const double score = utmos.score(wave).item<double>();
  for (const auto* name : {"domain_emb", "judge_emb", "blstm.weight_hh_l0_reverse", "projection.0.bias"}) {
    CAPTURE(name);
    auto changed = small_weights();
    changed[name] += 0.5;
    CHECK(std::abs(quality::Utmos({changed, "test"}, small_options()).score(wave).item<double>() - score) > 1e-5);
  }
  auto constant = small_weights();
  constant["projection.2.weight"].zero_();
  constant["projection.2.bias"].fill_(0.75);
  CHECK(quality::Utmos({constant, "test"}, small_options()).score(wave).item<double>() == doctest::Approx(4.5));
}

TEST_CASE("a missing tensor is named, and so is a wave too short for one frame") {
  auto weights = small_weights();
  const quality::Utmos utmos({weights, "test"}, small_options());
  CHECK(utmos.shortest() == 6);
  CHECK_NOTHROW(utmos.score(waves(1, 6)));
  CHECK_THROWS_WITH_AS(utmos.score(waves(1, 5)), doctest::Contains("at least 6 samples"), Error);
  weights.erase("judge_emb");
  CHECK_THROWS_WITH_AS(quality::Utmos({weights, "test"}, small_options()), doctest::Contains("judge_emb"), Error);
}

TEST_CASE("resampling follows its definition up and down, from the first sample to the last") {
  for (const auto& [from, to] :
       {std::pair(24000, 16000), std::pair(16000, 22050), std::pair(44100, 16000), std::pair(3, 2)}) {
    CAPTURE(from);
    CAPTURE(to);
    const auto wave = waves(2, 101);
    const auto result = quality::sinc_resample(wave, from, to);
    REQUIRE(result.size(1) == static_cast<int64_t>(std::ceil(101.0 * to / from)));
    for (int64_t m = 0; m < result.size(1); m += 5) {
      CHECK(result[1][m].item<double>() ==
            doctest::Approx(resampled_at(wave[1], m, from, to)).epsilon(1e-4).scale(0.1));
    }
    CHECK(result[1][-1].item<double>() ==
          doctest::Approx(resampled_at(wave[1], result.size(1) - 1, from, to)).epsilon(1e-4).scale(0.1));
  }
}

TEST_CASE("equal rates leave a wave as it is, and rates that are not positive are refused") {
  const auto wave = waves(1, 20);
  CHECK(at::equal(quality::sinc_resample(wave, 16000, 16000), wave));
  CHECK_THROWS_WITH_AS(quality::sinc_resample(wave, 0, 16000), doctest::Contains("from 0 to 16000 Hz"), Error);
}
