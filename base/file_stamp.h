// A file's size and times: while they stay, its contents are believed to stay.
#pragma once

#include <filesystem>
#include <string>

namespace cfo {

/// "bytes.modified.changed", times in nanoseconds; "" where there is no such file. The time of change cannot be set by
/// programs, so that a file which was given back its time of modification is found, too.
std::string file_stamp(const std::filesystem::path& file);

}  // namespace cfo
