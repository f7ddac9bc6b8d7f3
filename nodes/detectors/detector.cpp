#include "nodes/detectors/detector.h"

#include <fmt/ranges.h>

#include "base/error.h"
#include "base/nearest.h"
#include "nodes/detectors/aasist.h"
#include "nodes/layers/compute.h"

namespace cfo::detectors {

Output Detector::forward(const at::Tensor& wave, const Trace& trace) const {
  check(wave);
  const layers::Inference inference;
  return run(wave, {.dropout = nullptr, .trace = &trace});
}

Output Detector::forward_training(const at::Tensor& wave, Dropout& dropout) {
  check(wave);
  return run(wave, {.dropout = &dropout, .trace = nullptr});
}

void Detector::check(const at::Tensor& wave) const {
  if (wave.dim() != 2 || wave.size(0) < 1 || wave.scalar_type() != at::kFloat) {
    throw Error("{}: expected float32 waves [batch, samples], but got {} of shape [{}]", name_,
                toString(wave.scalar_type()), fmt::join(wave.sizes(), ", "));
  }
  if (wave.size(1) < shortest()) {
    throw Error("{}: an input of {} samples is too short; give at least {} (the published recipe takes {})", name_,
                wave.size(1), shortest(), samples());
  }
}

std::vector<std::string> detector_names() { return {"aasist", "aasist_l"}; }

std::unique_ptr<Detector> make_detector(const std::string& name, c10::Device device) {
  std::unique_ptr<Detector> detector;
  if (name == "aasist") detector = std::make_unique<Aasist>(name, aasist_config(), device);
  if (name == "aasist_l") detector = std::make_unique<Aasist>(name, aasist_l_config(), device);
  if (!detector) {
    throw Error("there is no detector '{}'{}", name, suggestion(name, detector_names()));
  }
  detector->initialise(0);
  return detector;
}

}  // namespace cfo::detectors
