#include "nodes/networks/detectors/make/make_detector.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/nearest.h"

namespace cfo::detectors {
namespace {

/// Null for an unknown name.
std::unique_ptr<Detector> make_named(const std::string& name, c10::Device device) {
  for (const auto& network : all_networks()) {
    if (name == network.name) return network.make(name, {}, device);
    if (!network.traces_sources) continue;
    for (const auto& type : tracing_types())
      if (name == fmt::format("{}_{}", network.name, type.name)) return network.make(name, type.tasks, device);
  }
  return nullptr;
}

}  // namespace

std::vector<std::string> detector_names() {
  std::vector<std::string> names;
  for (const auto& network : all_networks()) {
    names.push_back(network.name);
    if (!network.traces_sources) continue;
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
