// From a name to a detector.
#pragma once

#include <c10/core/Device.h>

#include <memory>
#include <string>
#include <vector>

#include "nodes/networks/detectors/detector.h"

namespace cfo::detectors {

/// Every network with a folder below detectors/, by folder name. The build writes this function by listing the folders.
const std::vector<Network>& all_networks();

/// Names that make_detector knows.
std::vector<std::string> detector_names();

/// A detector with start values of seed 0; on the meta device it has shapes only. Throws Error with the nearest known
/// name for an unknown one.
std::unique_ptr<Detector> make_detector(const std::string& name, c10::Device device = c10::Device(c10::kCPU));

}  // namespace cfo::detectors
