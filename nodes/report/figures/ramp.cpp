#include "nodes/report/figures/ramp.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace cfo::report {
namespace {

using Rgb = std::array<double, 3>;

/// YlGnBu of ColorBrewer 2.0 (Harrower and Brewer 2003), nine classes.
constexpr std::array<Rgb, 9> anchors = {{{255, 255, 217},
                                         {237, 248, 177},
                                         {199, 233, 180},
                                         {127, 205, 187},
                                         {65, 182, 196},
                                         {29, 145, 192},
                                         {34, 94, 168},
                                         {37, 52, 148},
                                         {8, 29, 88}}};

Rgb colour_at(double eer) {
  const double position = std::clamp(eer / chance_eer, 0.0, 1.0) * (anchors.size() - 1);
  const auto index = std::min(static_cast<std::size_t>(position), anchors.size() - 2);
  const double share = position - static_cast<double>(index);
  Rgb colour{};
  for (std::size_t i = 0; i < 3; ++i) colour[i] = anchors[index][i] * (1 - share) + anchors[index + 1][i] * share;
  return colour;
}

/// Relative luminance, WCAG 2.1.
double luminance(const Rgb& colour) {
  const auto linear = [](double channel) {
    const double c = channel / 255;
    return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2]);
}

}  // namespace

std::string ramp_colour(double eer) {
  const Rgb colour = colour_at(eer);
  return fmt::format("#{:02x}{:02x}{:02x}", std::lround(colour[0]), std::lround(colour[1]), std::lround(colour[2]));
}

std::string ramp_text_colour(double eer) {
  const double light = luminance(colour_at(eer));
  const double on_white = 1.05 / (light + 0.05);
  const double on_black = (light + 0.05) / 0.05;
  return on_black >= on_white ? "#101820" : "#ffffff";
}

}  // namespace cfo::report
