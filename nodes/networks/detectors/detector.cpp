#include "nodes/networks/detectors/detector.h"

#include <fmt/ranges.h>

#include <functional>

#include "base/error.h"
#include "base/nearest.h"
#include "nodes/networks/detectors/aasist/aasist.h"
#include "nodes/networks/detectors/w2v2_aasist/w2v2_aasist.h"
#include "nodes/networks/tensors/compute.h"
#include "nodes/networks/tensors/mixed_precision.h"

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

/// A network and the detectors that it makes: NAME, and NAME_TYPE for each type of source tracing.
struct Network {
  std::string name;
  std::function<std::unique_ptr<Detector>(const std::string& name, const std::vector<Task>& branches, c10::Device)>
      make;
};

template <typename Kind, typename Config>
Network network(const std::string& name, const Config& config) {
  return {name, [config](const std::string& full_name, const std::vector<Task>& branches, c10::Device device) {
            Config with_branches = config;
            with_branches.branches = branches;
            return std::make_unique<Kind>(full_name, with_branches, device);
          }};
}

const std::vector<Network>& networks() {
  static const std::vector<Network> all = {
      network<Aasist>("aasist", aasist_config()), network<Aasist>("aasist_l", aasist_l_config()),
      network<W2v2Aasist>("w2v2_aasist", W2v2AasistConfig{.front = xlsr_300m_config()}),
      network<W2v2Aasist>("w2v2_aasist_shrunk", W2v2AasistConfig{.front = xlsr_shrunk_config()})};
  return all;
}

/// Null for a name that is none.
std::unique_ptr<Detector> make_named(const std::string& name, c10::Device device) {
  for (const auto& network : networks()) {
    if (name == network.name) return network.make(name, {}, device);
    for (const auto& type : tracing_types())
      if (name == fmt::format("{}_{}", network.name, type.name)) return network.make(name, type.tasks, device);
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
  std::vector<std::string> names;
  for (const auto& network : networks()) {
    names.push_back(network.name);
    for (const auto& type : tracing_types()) names.push_back(network.name + "_" + type.name);
  }
  return names;
}

std::unique_ptr<Detector> make_detector(const std::string& name, c10::Device device) {
  auto detector = make_named(name, device);
  if (!detector) throw Error("there is no detector '{}'{}", name, suggestion(name, detector_names()));
  if (!device.is_meta()) detector->initialise(0);
  return detector;
}

}  // namespace cfo::detectors
