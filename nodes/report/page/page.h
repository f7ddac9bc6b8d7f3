// The report as one HTML page that needs nothing else: style, script and figures are in it.
#pragma once

#include <string>
#include <vector>

#include "nodes/report/figures/svg.h"
#include "nodes/report/gather/study.h"

namespace cfo::report {

/// `run_link` is the way from the page's folder to the run folder, e.g. "..".
std::string write_page(const Study& study, const std::vector<Figure>& figures, const std::string& run_link);

/// The page's style sheet, light and dark and for paper.
extern const char* const style_sheet;
/// Sorts a table by the column whose heading is pressed.
extern const char* const sorting_script;

}  // namespace cfo::report
