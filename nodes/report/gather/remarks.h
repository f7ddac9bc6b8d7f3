// What a report could not use. A report is also wanted of a run that is broken or half done: what cannot be read gives
// a remark, never an error.
#pragma once

#include <string>
#include <vector>

namespace cfo::report {

using Remarks = std::vector<std::string>;

}  // namespace cfo::report
