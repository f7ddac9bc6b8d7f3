// Lines and fields of text files.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace cfo::storage {

/// The lines of a text, without their ends (\n or \r\n) and without a byte order mark.
std::vector<std::string_view> lines_of(std::string_view text);

/// The fields of a line, separated by blanks or tabs.
std::vector<std::string_view> fields_of(std::string_view line);

/// The finite number that a field spells, the whole of it; none otherwise.
std::optional<double> finite_number(std::string_view field);

/// Whether a text can be one field: not empty, no blanks, tabs or line ends.
bool is_field(std::string_view text);

}  // namespace cfo::storage
