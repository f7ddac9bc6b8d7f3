// Figures as PDF, for papers.
#pragma once

#include <string>

#include "nodes/report/figures/svg.h"

namespace cfo::report {

/// The figure's own SVG document as a PDF of one page (librsvg, cairo): vectors, with the fonts that this machine has.
/// The same figure gives the same bytes. Throws Error when it cannot be drawn.
std::string pdf_document(const Figure& figure);

}  // namespace cfo::report
