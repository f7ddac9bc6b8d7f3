// For tests that need what a machine may lack (Python's torch, ffmpeg, ../shared).
#pragma once

#include <string>

namespace cfo::test {

/// Notes that the running test case, or a part of it, is left out and why; the case returns afterwards. A program of
/// which no case ran to its end exits with `skipped_exit_code`, which ctest shows as Skipped.
void skip(const std::string& reason);

constexpr int skipped_exit_code = 77;

}  // namespace cfo::test
