// RUN/contents.tsv: what was in the files that a run read, so that the next one need not read them to know.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace cfo::storage {

struct FileContents {
  std::string stamp;   ///< file_stamp when it was read
  std::string sha256;  ///< of what it held
};

/// A file that an item of a node was read from.
struct ContentLine {
  std::string node, item, stamp, sha256;
};

void write_contents(const std::filesystem::path& run, std::span<const ContentLine> lines);

/// None where there is no table; damaged lines are left out: their files are read again.
std::vector<ContentLine> read_contents(const std::filesystem::path& run);

}  // namespace cfo::storage
