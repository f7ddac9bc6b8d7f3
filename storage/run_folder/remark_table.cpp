#include "storage/run_folder/remark_table.h"

#include <fmt/format.h>

#include "base/durable_file.h"
#include "storage/run_folder/layout.h"
#include "storage/run_folder/separated.h"

namespace cfo::storage {

void write_remarks(const std::filesystem::path& run, std::span<const RemarkLine> remarks) {
  using separated::field;
  std::string text = "unit\tnode\titem\tremark\n";
  for (const auto& line : remarks)
    text += fmt::format("{}\t{}\t{}\t{}\n", line.unit, line.node, field(line.item), field(line.remark));
  write_durably(run / remarks_file, text);
}

std::vector<RemarkLine> read_remarks(const std::filesystem::path& run) {
  std::vector<RemarkLine> remarks;
  for (const auto& row : separated::read(run / remarks_file, '\t'))
    remarks.push_back({row.text("unit"), row.text("node"), row.text("item"), row.text("remark")});
  return remarks;
}

}  // namespace cfo::storage
