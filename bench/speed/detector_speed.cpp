#include "bench/speed/detector_speed.h"

#include <ATen/ATen.h>

#include <map>

#include "nodes/networks/detectors/make/make_detector.h"
#include "nodes/networks/detectors/modules/optimiser.h"
#include "nodes/networks/tensors/compute.h"
#include "nodes/networks/tensors/seeded_weights.h"

namespace cfo::bench {
namespace {

constexpr double sample_rate = 16000;

}  // namespace

DetectorSpeed measure_detector(const std::string& name, const DetectorSettings& settings) {
  const auto detector = detectors::make_detector(name, settings.device);
  const int64_t samples = settings.samples > 0 ? settings.samples : detector->samples();
  const auto waves = tensors::seeded_tensor("wave", {settings.batch, samples}, -0.1, 0.1, 1).to(settings.device);
  DetectorSpeed speed{.detector = name,
                      .scored_seconds = static_cast<double>(samples) / sample_rate,
                      .trained_seconds = static_cast<double>(settings.batch * samples) / sample_rate};
  speed.scoring = time_passes(settings.repeat, [&] {
    const tensors::Inference inference;
    detector->forward(waves.narrow(0, 0, 1));
  });
  detectors::Adam adam(detector->weights().parameters(), {});
  detectors::SeededDropout dropout(1);
  const auto classes = at::arange(settings.batch, at::kLong).remainder(2).to(settings.device);
  std::map<detectors::Task, at::Tensor> targets;
  for (const auto task : detector->tasks()) targets[task] = classes;
  speed.training = time_passes(settings.repeat, [&] {
    detector->weights().clear_gradients();
    detectors::task_loss(detector->forward_training(waves, dropout).tasks, targets, {}).backward();
    adam.step(1e-6);
  });
  return speed;
}

}  // namespace cfo::bench
