#include "storage/run_folder/item_tables.h"

#include <fmt/format.h>

#include "base/durable_file.h"
#include "storage/run_folder/layout.h"
#include "storage/run_folder/separated.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

constexpr auto reason = "reason";
constexpr auto remark = "remark";

void write(const fs::path& file, const char* text_column, std::span<const ItemLine> lines) {
  using separated::field;
  std::string text = fmt::format("unit\tnode\titem\t{}\n", text_column);
  for (const auto& line : lines)
    text += fmt::format("{}\t{}\t{}\t{}\n", line.unit, line.node, field(line.item), field(line.text));
  write_durably(file, text);
}

std::vector<ItemLine> read(const fs::path& file, const char* text_column) {
  std::vector<ItemLine> lines;
  for (const auto& row : separated::read(file, '\t'))
    lines.push_back({row.text("unit"), row.text("node"), row.text("item"), row.text(text_column)});
  return lines;
}

}  // namespace

void write_failures(const fs::path& run, std::span<const ItemLine> failures) {
  write(run / failures_file, reason, failures);
}
void write_remarks(const fs::path& run, std::span<const ItemLine> remarks) {
  write(run / remarks_file, remark, remarks);
}
std::vector<ItemLine> read_failures(const fs::path& run) { return read(run / failures_file, reason); }
std::vector<ItemLine> read_remarks(const fs::path& run) { return read(run / remarks_file, remark); }

}  // namespace cfo::storage
