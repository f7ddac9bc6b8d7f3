// Confusion matrices of source tracing: true classes by predicted ones, and test sets by predicted classes.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "nodes/report/figures/figures.h"
#include "nodes/report/figures/ramp.h"
#include "nodes/report/tables/text.h"
#include "nodes/report/tables/tracing_tables.h"

namespace cfo::report {
namespace {

constexpr double page_width = 1120;
constexpr double cell_width = 64, cell_height = 30;
constexpr double label_size = 12, number_size = 12.5, detail_size = 10.5;
constexpr double heading_height = 62;  // of a panel: title, what it tells, classes
constexpr double row_gap = 34, column_gap = 14;
constexpr double margin = 3;
constexpr double legend_height = 52;
constexpr double frame_stroke = 2.5;

/// A row of a matrix: a true class, or a test set.
struct Line {
  std::string label, hover;               ///< hover begins the text of each cell
  std::vector<uint64_t> counts;           ///< by predicted class
  std::optional<std::size_t> true_class;  ///< of a set with one
};

struct Panel {
  std::string title, detail;
  std::vector<std::string> classes;
  std::vector<Line> lines;

  double labels_width() const {
    double width = 0;
    for (const auto& line : lines) width = std::max(width, svg::text_width(line.label, label_size));
    return width + 14;
  }
  double width() const {
    const double matrix = labels_width() + cell_width * static_cast<double>(classes.size());
    return std::max({matrix, svg::text_width(title, 13), svg::text_width(detail, detail_size)});
  }
  double height() const { return heading_height + cell_height * static_cast<double>(lines.size()); }
};

std::string draw_cell(const Panel& panel, const Line& line, std::size_t predicted, svg::Point corner) {
  uint64_t all = 0;
  for (const auto count : line.counts) all += count;
  const double share = static_cast<double>(line.counts[predicted]) / static_cast<double>(all);
  const double shade = share * chance_eer;  // the ramp's dark end is all of the line
  const auto hover =
      fmt::format("{}: taken for {} {} times of {}, {} %", line.hover, labelled(panel.classes[predicted]),
                  grouped(line.counts[predicted]), grouped(all), percent(share, 2));
  std::string body =
      svg::cell(corner.x + 0.5, corner.y + 0.5, cell_width - 1, cell_height - 1, ramp_colour(shade), hover);
  body += fmt::format(
      "<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{:g}\" text-anchor=\"middle\" fill=\"{}\" "
      "pointer-events=\"none\">{}</text>\n",
      corner.x + cell_width / 2, corner.y + cell_height / 2 + number_size * 0.36, number_size, ramp_text_colour(shade),
      percent(share, 1));
  if (line.true_class == predicted)
    body += svg::frame(corner.x + 0.5, corner.y + 0.5, cell_width - 1, cell_height - 1, Ink::mark, frame_stroke);
  return body;
}

std::string draw_panel(const Panel& panel, svg::Point corner) {
  std::string body =
      svg::text(corner.x, corner.y + 14, panel.title, 13, svg::Anchor::start, Ink::text, "font-weight=\"600\"");
  body += svg::text(corner.x, corner.y + 31, panel.detail, detail_size, svg::Anchor::start, Ink::faint);
  const double left = corner.x + panel.labels_width(), top = corner.y + heading_height;
  for (std::size_t column = 0; column < panel.classes.size(); ++column) {
    body += svg::text(left + (static_cast<double>(column) + 0.5) * cell_width, top - 8, labelled(panel.classes[column]),
                      11.5, svg::Anchor::middle);
  }
  for (std::size_t row = 0; row < panel.lines.size(); ++row) {
    const auto& line = panel.lines[row];
    const double y = top + static_cast<double>(row) * cell_height;
    body += svg::text(left - 8, y + cell_height / 2 + 4, line.label, label_size, svg::Anchor::end);
    for (std::size_t column = 0; column < panel.classes.size(); ++column)
      body += draw_cell(panel, line, column, {left + static_cast<double>(column) * cell_width, y});
  }
  return body;
}

std::string draw_legend(double y, const std::string& rows) {
  constexpr int steps = 50;
  constexpr double width = 220, height = 10;
  std::string body;
  for (int i = 0; i < steps; ++i) {
    body += svg::cell(margin + width * i / steps, y, width / steps + 0.5, height,
                      ramp_colour(chance_eer * (i + 0.5) / steps), "");
  }
  for (const double share : {0.0, 0.5, 1.0}) {
    const auto anchor = share == 0 ? svg::Anchor::start : share == 1 ? svg::Anchor::end : svg::Anchor::middle;
    body += svg::text(margin + width * share, y + height + 13, percent(share, 0), 11, anchor, Ink::faint);
  }
  body += svg::text(margin + width + 16, y + 10, "% of the line's utterances; columns: predicted class, lines: " + rows,
                    11, svg::Anchor::start, Ink::faint);
  body += svg::frame(margin + 0.5, y + 30, 20, 14, Ink::mark, frame_stroke);
  return body + svg::text(margin + 28, y + 42, "the true class", 11, svg::Anchor::start, Ink::faint);
}

/// Panels from left to right, as many in a row as fit; with `row_a_title` another title begins a row.
Figure figure_of(const std::string& file, const std::string& description, const std::vector<Panel>& panels,
                 const std::string& rows, bool row_a_title) {
  if (panels.empty()) return {};
  Figure figure{file, description, 640, 0, ""};
  double width = 0;  // one for all, so that panels stand below each other
  for (const auto& panel : panels) width = std::max(width, panel.width());
  svg::Point corner{margin, 0};
  double row_height = 0;
  std::string title = panels.front().title;
  for (const auto& panel : panels) {
    const bool is_full = corner.x + width > page_width || (row_a_title && panel.title != title);
    title = panel.title;
    if (corner.x > margin && is_full) {
      corner = {margin, corner.y + row_height + row_gap};
      row_height = 0;
    }
    figure.body += draw_panel(panel, corner);
    figure.width = std::max(figure.width, corner.x + width + margin);
    corner.x += width + column_gap;
    row_height = std::max(row_height, panel.height());
  }
  const double bottom = corner.y + row_height;
  figure.body += draw_legend(bottom + 18, rows);
  figure.height = bottom + legend_height + 18;
  return figure;
}

std::string title_of(const TracingResult& result) {
  return fmt::format("{}: {}", labelled(result.model), task_text(result.task));
}

std::vector<uint64_t> counts_of(const metrics::Confusion& confusion, std::size_t truth) {
  std::vector<uint64_t> counts;
  for (std::size_t predicted = 0; predicted < confusion.classes(); ++predicted)
    counts.push_back(confusion.count(truth, predicted));
  return counts;
}

Panel confusion_panel(const TracingResult& result) {
  const auto& confusion = result.confusion;
  Panel panel{title_of(result),
              fmt::format("{}; accuracy {} %, macro F1 {} %", sets_text(result), percent(confusion.accuracy(), 1),
                          percent(confusion.macro_f1(), 1)),
              result.classes,
              {}};
  for (std::size_t truth = 0; truth < confusion.classes(); ++truth) {
    if (confusion.of_truth(truth) == 0) continue;
    const auto name = labelled(result.classes[truth]);
    panel.lines.push_back({name, fmt::format("{}: {}", title_of(result), name), counts_of(confusion, truth), truth});
  }
  return panel;
}

/// The line of one test set: all its spoofed speech, or its bona fide speech for the corpus.
Line set_line(const TracingResult& result) {
  const auto& confusion = result.confusion;
  Line line{sets_text(result), fmt::format("{}, {}", title_of(result), sets_text(result)), {}, {}};
  line.counts.resize(confusion.classes());
  const bool is_corpus = result.tests.front() == "bonafide";
  for (std::size_t truth = 0; truth < confusion.classes(); ++truth) {
    const bool is_bona_fide = result.classes[truth] == "bonafide";
    if (is_bona_fide != is_corpus || confusion.of_truth(truth) == 0) continue;
    const auto counts = counts_of(confusion, truth);
    std::transform(counts.begin(), counts.end(), line.counts.begin(), line.counts.begin(), std::plus<>());
    line.true_class = truth;
  }
  return line;
}

}  // namespace

Figure tracing_figure(const Study& study) {
  std::vector<Panel> panels;
  for (const auto& result : study.tracing.results) {
    if (result.sets != TracedSets::one) panels.push_back(confusion_panel(result));
  }
  return figure_of("tracing.svg", fmt::format("{} confusion matrices of source tracing", panels.size()), panels,
                   "true class", true);
}

Figure traced_sets_figure(const Study& study) {
  std::vector<Panel> panels;
  for (const auto& result : study.tracing.results) {
    if (result.sets != TracedSets::one) continue;
    if (panels.empty() || panels.back().title != title_of(result))
      panels.push_back({title_of(result), "each codec and generator", result.classes, {}});
    auto line = set_line(result);
    if (line.true_class) panels.back().lines.push_back(std::move(line));
  }
  std::erase_if(panels, [](const Panel& panel) { return panel.lines.empty(); });
  return figure_of("tracing_sets.svg",
                   fmt::format("What {} detectors' tasks take each codec's speech for", panels.size()), panels,
                   "test set", false);
}

}  // namespace cfo::report
