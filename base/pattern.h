// Names given by a pattern in which * stands for any text.
#pragma once

#include <string_view>

namespace cfo {

/// Whether `text` as a whole is `pattern`, where each * stands for any text, the empty one and dots and slashes too.
bool matches(std::string_view pattern, std::string_view text);

}  // namespace cfo
