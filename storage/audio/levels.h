// Levels that no recording has: what is odd about samples, in words.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace cfo::storage {

/// A sentence for each: all zero; far above full scale (a float file of samples that were not divided by 32768); far
/// below what 16 bits can hold (divided twice). Full scale is 1.
std::vector<std::string> level_remarks(std::span<const float> samples);

/// "" or a sentence about channels that cancel each other out. `mean_energy`: of the channels' mean; `channel_energy`:
/// the mean of the channels' energies.
std::string cancelling_remark(double mean_energy, double channel_energy);

/// "" or a sentence where more than a thousandth of the samples was clipped.
std::string clipping_remark(std::size_t clipped, std::size_t samples);

}  // namespace cfo::storage
