#include "nodes/report/tables/table.h"

#include <fmt/format.h>

#include <cmath>

#include "nodes/report/tables/text.h"

namespace cfo::report {
namespace {

constexpr std::string_view dash = "<span class=\"none\">–</span>";

std::string heading_html(const Column& column) {
  const std::string hint = column.hint.empty() ? "" : fmt::format(" title=\"{}\"", escape(column.hint));
  return fmt::format("<th scope=\"col\"{}{}><button type=\"button\">{}</button></th>",
                     column.numeric ? " class=\"num\"" : "", hint, escape(column.heading));
}

std::string cell_html(const Column& column, const Cell& cell) {
  if (!column.numeric) return fmt::format("<td>{}</td>", cell.shown);
  return fmt::format("<td class=\"num\" data-v=\"{}\">{}</td>", escape(cell.value), cell.shown);
}

}  // namespace

Cell text_cell(const std::string& text) { return text.empty() ? no_cell() : Cell{escape(text), text}; }

Cell number_cell(double value, const std::string& text) {
  return std::isfinite(value) ? Cell{escape(text), csv_number(value)} : no_cell();
}

Cell count_cell(uint64_t count) { return {grouped(count), std::to_string(count)}; }

Cell percent_cell(double fraction) { return number_cell(fraction * 100, percent(fraction, 2)); }

Cell percent_cell(const std::optional<double>& fraction) { return fraction ? percent_cell(*fraction) : no_cell(); }

Cell digest_cell(const std::string& digest) {
  if (digest.empty()) return no_cell();
  return {fmt::format("<code title=\"SHA-256 {}\">{}</code>", escape(digest), escape(short_digest(digest))), digest};
}

Cell no_cell() { return {std::string(dash), ""}; }

std::string to_csv(const Table& table) {
  std::vector<std::string> names;
  for (const auto& column : table.columns) names.push_back(column.name);
  std::string csv = csv_line(names);
  for (const auto& row : table.rows) {
    std::vector<std::string> values;
    for (const auto& cell : row) values.push_back(cell.value);
    csv += csv_line(values);
  }
  return csv;
}

std::string to_html(const Table& table) {
  std::string html = "<div class=\"scroll\"><table class=\"sortable\">\n<thead><tr>";
  for (const auto& column : table.columns) {
    if (!column.heading.empty()) html += heading_html(column);
  }
  html += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (!table.columns[i].heading.empty()) html += cell_html(table.columns[i], row.at(i));
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

}  // namespace cfo::report
