#include "engine/runtime/devices.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>

namespace cfo::engine {

std::string device_of(const GraphNode& node, const Bindings& bindings, const std::string& run_device) {
  if (!node.kind->uses_device) return "cpu";
  const Parameters parameters = parameters_for(node, bindings);
  if (!parameters.has("device") || parameters.text("device") == graph_device) return run_device;
  return parameters.text("device");
}

std::string devices_of(const Unit& unit, const std::string& run_device) {
  std::set<std::string> devices;
  for (const auto* node : unit.nodes)
    if (node->kind->uses_device) devices.insert(device_of(*node, unit.bindings, run_device));
  return fmt::format("{}", fmt::join(devices, ", "));
}

std::vector<std::string> mixed_devices(const Plan& plan, const FinishedRecords& finished,
                                       const std::string& run_device) {
  std::map<std::string, std::map<std::string, std::size_t>> made, to_make;  // node -> devices -> units
  for (std::size_t i = 0; i < plan.units.size(); ++i) {
    const Unit& unit = plan.units[i];
    const std::string devices = finished[i] != nullptr ? finished[i]->device : devices_of(unit, run_device);
    if (!devices.empty()) ++(finished[i] != nullptr ? made : to_make)[unit.main().name][storage::device_types(devices)];
  }
  std::vector<std::string> sentences;
  for (const auto& [node, ways] : to_make) {
    for (const auto& [devices, units] : ways) {
      for (const auto& [other, others] : made[node]) {
        if (other == devices) continue;
        sentences.push_back(
            fmt::format("node '{}': of its units {} finished on {} and will be kept, {} will be made on {}: their "
                        "results differ in "
                        "the last digits. For results of one kind give --device {}, or --fresh to start anew",
                        node, others, other, units, devices, other));
      }
    }
  }
  return sentences;
}

}  // namespace cfo::engine
