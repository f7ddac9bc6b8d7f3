// Text from outside as it can be compared, shown and stored. Unicode is utf8proc's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cfo {

/// True for well-formed UTF-8.
bool is_utf8(std::string_view bytes);

/// `bytes` with every byte that is not part of well-formed UTF-8, and every control character, as \xHH.
std::string printable(std::string_view bytes);

/// "1 file", "2 files", "no files"; a plural that is not `noun` with an s is given.
std::string counted(std::size_t number, std::string_view noun, std::string_view plural = "");

/// Whether two texts are the same letters, whatever form of Unicode they are written in (macOS takes an accented letter
/// apart in file names, most keyboards do not). False for what is not UTF-8.
bool same_letters(std::string_view a, std::string_view b);

/// "~" and "~/x" as $HOME and $HOME/x, as a shell has it; other paths, and all where HOME is not set, as they are.
std::string with_home(const std::string& path);

}  // namespace cfo
