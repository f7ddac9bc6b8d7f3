// Which devices the nodes of a unit compute on, and whether a run would put results of different ones side by side.
#pragma once

#include <string>
#include <vector>

#include "engine/plan/inputs.h"
#include "engine/plan/plan.h"

namespace cfo::engine {

/// The device of one node: its own `device`, else `run_device`; "cpu" for a kind that does not use one.
std::string device_of(const GraphNode& node, const Bindings& bindings, const std::string& run_device);

/// The devices of all nodes of a unit that use one, each once, in a fixed order: "cpu, cuda:1"; "" when none does.
std::string devices_of(const Unit& unit, const std::string& run_device);

/// A sentence for each node whose units were (`finished`) and will be (the others) made on devices of different types.
std::vector<std::string> mixed_devices(const Plan& plan, const FinishedRecords& finished,
                                       const std::string& run_device);

}  // namespace cfo::engine
