#include "tests/golden_check/test_signal.h"

#include <cmath>
#include <numbers>
#include <vector>

#include "nodes/networks/tensors/seeded_weights.h"

namespace cfo::golden {
namespace {

constexpr double pi = std::numbers::pi;
constexpr int harmonics = 11;
constexpr double loudness = 0.18, noise_amplitude = 0.01;
constexpr double swells = 3.1;                                       // Hz
constexpr double pitch = 120, pitch_swing = 30, pitch_swings = 0.7;  // Hz

}  // namespace

at::Tensor test_signal(int64_t sample_rate, int64_t samples, uint64_t seed) {
  const auto rate = static_cast<double>(sample_rate);
  // in [0, 1) by 24 bits, which float32 holds exactly: so the noise is rounded once, with the voice
  const at::Tensor noise = tensors::seeded_tensor("noise", {samples}, 0, 1, seed).to(at::kDouble);
  std::vector<double> voice(static_cast<std::size_t>(samples));
  double turns = 0;
  for (std::size_t i = 0; i < voice.size(); ++i) {
    const double time = static_cast<double>(i) / rate;
    turns += pitch + pitch_swing * std::sin(2 * pi * pitch_swings * time + static_cast<double>(seed));
    const double phase = 2 * pi * turns / rate, swell = std::sin(pi * swells * time);
    double sum = 0;
    for (int k = 1; k <= harmonics; ++k) sum += std::sin(k * phase) / k;
    voice[i] = loudness * swell * swell * sum;
  }
  return (at::tensor(voice, at::kDouble) + noise_amplitude * (2 * noise - 1)).to(at::kFloat);
}

at::Tensor test_signal(const nlohmann::json& row) {
  const int64_t rate = row.at("sample_rate");
  return test_signal(rate, std::llround(row.at("seconds").get<double>() * static_cast<double>(rate)), row.at("seed"));
}

}  // namespace cfo::golden
