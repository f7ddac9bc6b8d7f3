// What the benchmarks measured, for the plan's estimates: graphs/speeds.yaml.
#pragma once

#include <string>

namespace cfo::kinds {

// CPU seconds that a second of audio takes on one core of the machine that graphs/speeds.yaml names; 0 where it has no
// figure or the file is missing. Each throws Error naming file and line for a mistake in it.
double codec_cost(const std::string& codec);        ///< encode, quantize and decode together
double quality_cost();                              ///< UTMOS
double scoring_cost(const std::string& detector);   ///< one pass forward
double training_cost(const std::string& detector);  ///< forward, backward and the optimiser's step

}  // namespace cfo::kinds
