// golden-check DIR...: is what we compute what the official code computed?
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>

#include "base/error.h"
#include "nodes/networks/tensors/compute.h"
#include "tests/golden_check/check.h"

namespace cfo::golden {
namespace {

/// Prints a record's stages; true when all passed.
bool report(const std::filesystem::path& folder, const std::vector<Stage>& stages) {
  const auto absolute = std::filesystem::absolute(folder).lexically_normal();
  const auto record = (absolute.has_filename() ? absolute : absolute.parent_path()).filename().string();
  std::size_t widest = 0;
  for (const auto& stage : stages) widest = std::max(widest, stage.name.size());
  for (const auto& stage : stages) {
    fmt::print("{}  {:<{}}  {}  {}\n", record, stage.name, widest, stage.passed ? "pass" : "FAIL", stage.figure);
  }
  std::fflush(stdout);
  return !stages.empty() && std::all_of(stages.begin(), stages.end(), [](const Stage& stage) { return stage.passed; });
}

std::vector<Stage> checked(const std::filesystem::path& folder) {
  try {
    return check_record(folder);
  } catch (const std::exception& error) {
    return {{"record", error.what(), false}};
  }
}

}  // namespace
}  // namespace cfo::golden

int main(int argc, char** argv) {
  CLI::App app(
      "Runs every stage of golden records on the recorded input of that stage and prints how far the result is off.\n"
      "Exit status: 0 when every stage passed, 1 otherwise, 2 for a wrong command line.",
      "golden-check");
  std::vector<std::filesystem::path> folders;
  app.add_option("DIR", folders, "record folders (manifest.json and golden.h5)")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  cfo::tensors::use_one_thread_per_task();
  bool passed = true;
  for (const auto& folder : folders) passed = cfo::golden::report(folder, cfo::golden::checked(folder)) && passed;
  return passed ? 0 : 1;
}
