// golden-check DIR...: is what we compute what the official code computed?
#include <fmt/format.h>
#include <fmt/ranges.h>

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
  for (const auto& stage : stages) widest = std::max(widest, stage.run ? stage.name.size() : 0);
  std::vector<std::string> left_out;
  for (const auto& stage : stages) {
    if (stage.run)
      fmt::print("{}  {:<{}}  {}  {}\n", record, stage.name, widest, stage.passed ? "pass" : "FAIL", stage.figure);
    else
      left_out.push_back(stage.figure.empty() ? stage.name : fmt::format("{} (needs {})", stage.name, stage.figure));
  }
  if (!left_out.empty()) fmt::print("{}  not in the record: {}\n", record, fmt::join(left_out, ", "));
  std::fflush(stdout);
  return std::all_of(stages.begin(), stages.end(), [](const Stage& stage) { return stage.passed || !stage.run; });
}

/// The record's stages; one of them that failed where none can be run.
std::vector<Stage> checked(const std::filesystem::path& folder) {
  try {
    auto stages = check_record(folder);
    if (std::none_of(stages.begin(), stages.end(), [](const Stage& stage) { return stage.run; }))
      stages.push_back({"record", "no stage can be checked: the record lacks the arrays of all of them", false});
    return stages;
  } catch (const std::exception& error) {
    return {{"record", error.what(), false}};
  }
}

}  // namespace
}  // namespace cfo::golden

int main(int argc, char** argv) {
  CLI::App app(
      "Runs every stage of golden records on the recorded input of that stage and prints how far the result is off.\n"
      "Stages whose arrays a record does not hold are named and left out.\n"
      "Exit status: 0 when every stage passed, 1 otherwise (and where a record has no stage that can be checked), 2 "
      "for a "
      "wrong command line.",
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
