#include "storage/run_folder/failure_table.h"

#include <fmt/format.h>

#include "base/durable_file.h"
#include "storage/run_folder/layout.h"
#include "storage/run_folder/separated.h"

namespace cfo::storage {

void write_failures(const std::filesystem::path& run, std::span<const FailureLine> failures) {
  using separated::field;
  std::string text = "unit\tnode\titem\treason\n";
  for (const auto& line : failures)
    text += fmt::format("{}\t{}\t{}\t{}\n", line.unit, line.node, field(line.item), field(line.reason));
  write_durably(run / failures_file, text);
}

std::vector<FailureLine> read_failures(const std::filesystem::path& run) {
  std::vector<FailureLine> failures;
  for (const auto& row : separated::read(run / failures_file, '\t'))
    failures.push_back({row.text("unit"), row.text("node"), row.text("item"), row.text("reason")});
  return failures;
}

}  // namespace cfo::storage
