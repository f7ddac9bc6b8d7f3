#include "storage/run_folder/separated.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <sstream>

#include "base/durable_file.h"

namespace cfo::storage::separated {
namespace {

std::vector<std::string> fields_of(std::string line, char separator) {
  if (!line.empty() && line.back() == '\r') line.pop_back();
  std::vector<std::string> fields;
  std::istringstream text(line);
  for (std::string field; std::getline(text, field, separator);) fields.push_back(field);
  return fields;
}

}  // namespace

Row::Row(const std::vector<std::string>& names, const std::vector<std::string>& fields) {
  for (std::size_t i = 0; i < std::min(names.size(), fields.size()); ++i) fields_[names[i]] = fields[i];
}

std::string Row::text(const std::string& column) const {
  const auto found = fields_.find(column);
  return found == fields_.end() ? "" : found->second;
}

double Row::number(const std::string& column) const {
  const std::string field = text(column);
  char* end = nullptr;
  const double value = std::strtod(field.c_str(), &end);
  return field.empty() || *end != '\0' ? std::numeric_limits<double>::quiet_NaN() : value;
}

std::uint64_t Row::count(const std::string& column) const {
  const double value = number(column);
  return value > 0 && value < 1e18 ? static_cast<std::uint64_t>(value) : 0;
}

std::vector<Row> read(const std::filesystem::path& file, char separator) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return {};
  std::istringstream text(read_text(file));
  std::string line;
  if (!std::getline(text, line)) return {};
  const auto names = fields_of(line, separator);
  std::vector<Row> rows;
  while (std::getline(text, line))
    if (!line.empty()) rows.emplace_back(names, fields_of(line, separator));
  return rows;
}

std::string field(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
  return text;
}

}  // namespace cfo::storage::separated
