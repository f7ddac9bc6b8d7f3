#include "storage/export/manifest.h"

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "storage/tables/text_lines.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

constexpr auto manifest_name = "manifest.tsv";
constexpr auto heading = "source\tsha256\tfile";

}  // namespace

Manifest::Manifest(fs::path output) : output_(std::move(output)) {
  std::error_code ignored;
  if (!fs::is_regular_file(output_ / manifest_name, ignored)) return;
  const std::string text = read_text(output_ / manifest_name);
  for (const auto line : lines_of(text)) {
    const auto first = line.find('\t');
    const auto second = first == std::string_view::npos ? first : line.find('\t', first + 1);
    if (second == std::string_view::npos || line == heading) continue;
    entries_[std::string(line.substr(second + 1))] = {std::string(line.substr(0, first)),
                                                      std::string(line.substr(first + 1, second - first - 1))};
  }
}

std::string Manifest::name_of(const fs::path& file) const { return file.lexically_relative(output_).generic_string(); }

bool Manifest::holds(const fs::path& file, const std::string& source) const {
  const auto found = entries_.find(name_of(file));
  std::error_code ignored;
  if (found == entries_.end() || found->second.source != source || !fs::is_regular_file(file, ignored)) return false;
  try {
    return digest_of_file(file) == found->second.sha256;
  } catch (const Error&) {
    return false;
  }
}

void Manifest::add(const fs::path& file, const std::string& source) {
  entries_[name_of(file)] = {source, digest_of_file(file)};
  changed_ = true;
}

void Manifest::save() {
  if (!changed_) return;
  std::string text = std::string(heading) + "\n";
  for (const auto& [file, entry] : entries_) text += fmt::format("{}\t{}\t{}\n", entry.source, entry.sha256, file);
  write_durably(output_ / manifest_name, text);
  changed_ = false;
}

}  // namespace cfo::storage
