#include "storage/run_folder/content_table.h"

#include <fmt/format.h>

#include <iterator>

#include "base/durable_file.h"
#include "storage/run_folder/layout.h"
#include "storage/run_folder/separated.h"

namespace cfo::storage {
namespace {

constexpr std::size_t sha256_length = 64;

}  // namespace

void write_contents(const std::filesystem::path& run, std::span<const ContentLine> lines) {
  using separated::field;
  std::string text = "node\titem\tstamp\tsha256\n";
  for (const auto& line : lines)
    fmt::format_to(std::back_inserter(text), "{}\t{}\t{}\t{}\n", line.node, field(line.item), line.stamp, line.sha256);
  write_durably(run / contents_file, text);
}

std::vector<ContentLine> read_contents(const std::filesystem::path& run) {
  std::vector<ContentLine> lines;
  for (const auto& row : separated::read(run / contents_file, '\t')) {
    ContentLine line{row.text("node"), row.text("item"), row.text("stamp"), row.text("sha256")};
    if (line.sha256.size() == sha256_length && !line.stamp.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace cfo::storage
