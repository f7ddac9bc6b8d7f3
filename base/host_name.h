// The name of this machine.
#pragma once

#include <string>

namespace cfo {

/// As gethostname(2) has it; "?" when it has none.
std::string host_name();

}  // namespace cfo
