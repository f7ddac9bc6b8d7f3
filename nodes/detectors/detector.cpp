#include "nodes/detectors/detector.h"

#include <fmt/ranges.h>

#include "base/error.h"
#include "base/nearest.h"
#include "nodes/detectors/aasist.h"
#include "nodes/detectors/w2v2_aasist.h"
#include "nodes/layers/compute.h"
#include "nodes/layers/mixed_precision.h"

namespace cfo::detectors {
namespace {

/// Names as the network has them, also where DataParallel wrapped it when it was saved.
TensorMap without_wrapper(const TensorMap& tensors) {
  constexpr std::string_view wrapper = "module.";
  TensorMap bare;
  for (const auto& [name, tensor] : tensors) {
    if (name.compare(0, wrapper.size(), wrapper) != 0) return tensors;
    bare.emplace(name.substr(wrapper.size()), tensor);
  }
  return bare;
}

/// "w2v2_aasist" or "w2v2_aasist_shrunk", and "_" with a tracing type behind it: nothing for another name.
std::unique_ptr<Detector> make_w2v2_aasist(const std::string& name, c10::Device device) {
  for (const auto& [base, front] :
       {std::pair{"w2v2_aasist", xlsr_300m_config()}, std::pair{"w2v2_aasist_shrunk", xlsr_shrunk_config()}}) {
    W2v2AasistConfig config = {.front = front};
    if (name == base) return std::make_unique<W2v2Aasist>(name, config, device);
    for (const auto& type : tracing_types()) {
      config.branches = type.tasks;
      if (name == fmt::format("{}_{}", base, type.name)) return std::make_unique<W2v2Aasist>(name, config, device);
    }
  }
  return nullptr;
}

}  // namespace

Output Detector::forward(const at::Tensor& wave, const Trace& trace) const {
  check(wave);
  const layers::Inference inference;
  return run(wave, {.dropout = nullptr, .trace = &trace});
}

Output Detector::forward_training(const at::Tensor& wave, Dropout& dropout, const TrainingPass& how) {
  check(wave);
  const layers::MixedPrecision precision(how.mixed_precision);
  return run(wave, {.dropout = &dropout, .trace = nullptr, .recompute = how.recompute});
}

void Detector::load(const TensorMap& tensors, const std::string& origin) {
  weights_.load(without_wrapper(tensors), origin);
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

std::vector<std::string> detector_names() {
  std::vector<std::string> names = {"aasist", "aasist_l"};
  for (const std::string base : {"w2v2_aasist", "w2v2_aasist_shrunk"}) {
    names.push_back(base);
    for (const auto& type : tracing_types()) names.push_back(base + "_" + type.name);
  }
  return names;
}

std::unique_ptr<Detector> make_detector(const std::string& name, c10::Device device) {
  std::unique_ptr<Detector> detector = make_w2v2_aasist(name, device);
  if (name == "aasist") detector = std::make_unique<Aasist>(name, aasist_config(), device);
  if (name == "aasist_l") detector = std::make_unique<Aasist>(name, aasist_l_config(), device);
  if (!detector) {
    throw Error("there is no detector '{}'{}", name, suggestion(name, detector_names()));
  }
  if (!device.is_meta()) detector->initialise(0);
  return detector;
}

}  // namespace cfo::detectors
