#include "storage/audio/levels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace cfo::storage {
namespace {

constexpr float too_loud = 8;       ///< 18 dB above full scale: no gain of a recording
constexpr float too_quiet = 1e-3F;  ///< 60 dB below full scale
constexpr double cancelled = 0.01;  ///< 20 dB below the channels
constexpr double clipped_share = 1.0 / 1000;

double decibels(double level) { return 20 * std::log10(level); }

}  // namespace

std::vector<std::string> level_remarks(std::span<const float> samples) {
  float peak = 0;
  for (const float sample : samples) peak = std::max(peak, std::abs(sample));
  if (peak == 0) return {"is silent: every sample is zero"};
  if (peak >= too_loud)
    return {
        fmt::format("reaches {:.4g} times full scale (a float file whose samples were not divided by 32768?): "
                    "what is above full scale is clipped where it is stored",
                    peak)};
  if (peak < too_quiet)
    return {
        fmt::format("its loudest sample is {:.0f} dB below full scale (divided by 32768 twice?): little or nothing "
                    "of it is left in 16 bits",
                    -decibels(peak))};
  return {};
}

std::string cancelling_remark(double mean_energy, double channel_energy) {
  if (channel_energy <= 0 || mean_energy >= cancelled * channel_energy) return "";
  const std::string level = mean_energy > 0
                                ? fmt::format("{:.0f} dB below", -decibels(mean_energy / channel_energy) / 2)
                                : std::string("silent beside");
  return fmt::format(
      "its channels cancel each other out (one is the other upside down?): their mean, which is used, "
      "is {} them",
      level);
}

std::string clipping_remark(std::size_t clipped, std::size_t samples) {
  if (samples == 0 || static_cast<double>(clipped) <= clipped_share * static_cast<double>(samples)) return "";
  return fmt::format("{:.2g} % of its samples are clipped",
                     100 * static_cast<double>(clipped) / static_cast<double>(samples));
}

}  // namespace cfo::storage
