// The colours of the EER matrix.
#pragma once

#include <string>

namespace cfo::report {

/// EER at which a detector guesses: the dark end of the ramp.
constexpr double chance_eer = 0.5;

/// "#rrggbb" for an EER as a fraction: pale at 0, dark from `chance_eer` on. Lightness falls all the way, so it reads
/// with any colour vision and on paper.
std::string ramp_colour(double eer);

/// Black or white, whichever is easier to read on `ramp_colour(eer)` (WCAG 2 contrast).
std::string ramp_text_colour(double eer);

}  // namespace cfo::report
