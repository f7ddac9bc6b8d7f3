#include "bench/speed/quality_speed.h"

#include <ATen/ATen.h>

#include "bench/measure/seeded_weights.h"
#include "nodes/networks/quality/utmos.h"
#include "nodes/networks/tensors/compute.h"
#include "nodes/networks/tensors/seeded_weights.h"

namespace cfo::bench {

Times measure_quality(const std::filesystem::path& like, const QualitySettings& settings) {
  const tensors::WeightScope weights(seeded_weights(like, "utmos22_strong"), like.string());
  const tensors::Inference inference;
  const quality::Utmos utmos(weights.on(settings.device), quality::utmos22_strong());
  const auto samples = static_cast<int64_t>(settings.seconds * static_cast<double>(quality::Utmos::sample_rate));
  const auto wave = tensors::seeded_tensor("wave", {1, samples}, -0.1, 0.1, 1).to(settings.device);
  return time_passes(settings.repeat, [&] { utmos.score(wave).item<float>(); });
}

}  // namespace cfo::bench
