#include "nodes/networks/detectors/training/scoring.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace cfo::detectors {
namespace {

void check_finite(double value) {
  if (!std::isfinite(value)) throw Error("a score is not a finite number; check the audio and the detector's weights");
}

std::vector<double> probabilities_of(const at::Tensor& logits) {
  const at::Tensor shares = at::softmax(logits.to(c10::kCPU, at::kDouble), 0).contiguous();
  std::vector<double> probabilities(shares.data_ptr<double>(), shares.data_ptr<double>() + shares.numel());
  for (const double probability : probabilities) check_finite(probability);
  return probabilities;
}

Scored row(const Output& output, int64_t index) {
  Scored scored;
  scored.score = output.logits.select(0, index).select(0, bona_fide_class).item<double>();
  check_finite(scored.score);
  for (const auto& [task, logits] : output.tasks) {
    scored.probabilities.emplace(task, probabilities_of(logits.select(0, index)));
  }
  const at::Tensor embedding = output.embedding.select(0, index).to(c10::kCPU, at::kFloat).contiguous();
  scored.embedding.assign(embedding.data_ptr<float>(), embedding.data_ptr<float>() + embedding.numel());
  return scored;
}

}  // namespace

std::vector<float> fit_length(std::span<const float> wave, int64_t samples) {
  if (wave.empty()) throw Error("an utterance without samples cannot be scored; remove it from the list");
  std::vector<float> fitted(static_cast<std::size_t>(samples));
  for (std::size_t i = 0; i < fitted.size(); ++i) fitted[i] = wave[i % wave.size()];
  return fitted;
}

std::vector<float> fit_length_at_random(std::span<const float> wave, int64_t samples, uint64_t seed) {
  const auto length = static_cast<int64_t>(wave.size());
  const auto places = static_cast<uint64_t>(std::max<int64_t>(length - samples, 1));
  return fit_length(length > samples ? wave.subspan(seed % places) : wave, samples);
}

std::vector<Scored> score(const Detector& detector, std::span<const std::vector<float>> waves, int64_t samples) {
  const int64_t length = samples > 0 ? samples : detector.samples();
  const std::size_t batch = detector.device().is_cpu() ? 1 : std::max<std::size_t>(waves.size(), 1);
  std::vector<Scored> scored;
  for (std::size_t first = 0; first < waves.size(); first += batch) {
    std::vector<at::Tensor> rows;
    for (const auto& wave : waves.subspan(first, std::min(batch, waves.size() - first))) {
      rows.push_back(at::tensor(fit_length(wave, length)));
    }
    const Output output = detector.forward(at::stack(rows).to(detector.device()));
    for (int64_t index = 0; index < static_cast<int64_t>(rows.size()); ++index) scored.push_back(row(output, index));
  }
  return scored;
}

}  // namespace cfo::detectors
