// The lines of a table that a test reads back.
#pragma once

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "base/durable_file.h"

namespace cfo::test {

inline std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::istringstream text(read_text(file));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

}  // namespace cfo::test
