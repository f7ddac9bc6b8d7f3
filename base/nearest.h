// "did you mean": the nearest valid name to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cfo {

/// The member of `names` with the smallest edit distance to `typed` (case folded), or "" when none is close
/// (more than half of the longer word would have to change).
std::string nearest(std::string_view typed, std::span<const std::string> names);

/// "; did you mean 'X'?" or "; known: a, b, c" (at most 12 names), for the end of an error sentence.
std::string suggestion(std::string_view typed, std::span<const std::string> names);

}  // namespace cfo
