#include "nodes/networks/codecs/freqcodec/magnitude_phase.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>

using namespace cfo;
using namespace cfo::codecs;

namespace {

Stft small_stft() { return {8, 2, at::hann_window(8, at::TensorOptions(at::kFloat))}; }

}  // namespace

TEST_CASE("a constant wave has the window's sum at frequency 0 and a phase of 0") {
  const auto parts = magnitude_and_phase(at::full({2, 1, 20}, 3.F), small_stft());
  CHECK(parts.sizes() == at::IntArrayRef({2, 3, 5, 11}));
  CHECK(at::allclose(parts.select(2, 0).select(1, 0), at::full({2, 11}, std::log(3 * 4.F)), 1e-5, 1e-5));
  CHECK(at::allclose(parts.select(2, 0).select(1, 1), at::ones({2, 11}), 1e-5, 1e-5));
  CHECK(at::allclose(parts.select(2, 0).select(1, 2), at::zeros({2, 11}), 1e-5, 1e-5));
}

TEST_CASE("silence has the least magnitude and no phase") {
  const auto parts = magnitude_and_phase(at::zeros({1, 1, 20}), small_stft());
  CHECK(at::allclose(parts.select(1, 0), at::full({1, 5, 11}, std::log(1e-6F)), 1e-5, 1e-5));
  CHECK(parts.slice(1, 1).abs().max().item<float>() == 0);
}

TEST_CASE("softplus of a magnitude's inverse and the phase give the wave back") {
  const auto wave = at::sin(at::arange(40, at::kFloat).square() * 0.01).view({2, 1, 20});
  auto parts = magnitude_and_phase(wave, small_stft());
  parts.select(1, 0).exp_().expm1_().log_();  // softplus(log(exp(m) - 1)) = m
  CHECK(at::allclose(wave_from_magnitude_and_phase(parts, small_stft()), wave, 1e-4, 1e-4));
}
