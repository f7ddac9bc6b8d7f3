#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nodes/report/figures/figures.h"
#include "nodes/report/figures/ramp.h"
#include "nodes/report/gather/generators.h"
#include "nodes/report/tables/text.h"

namespace cfo::report {
namespace {

constexpr double page_width = 1120;
constexpr double label_size = 12;
constexpr double mean_gap = 10;        // between the matrix and its column of means
constexpr double heading_height = 22;  // of the axis titles
constexpr double diagonal_stroke = 2.5;

/// What a matrix shows: the detectors that were tested on some of its sets.
struct Matrix {
  const Detection& detection;
  bool generated;
  const std::vector<std::string>& tests;
  std::vector<const ModelResult*> models;

  Matrix(const Detection& all, bool of_generators)
      : detection(all), generated(of_generators), tests(of_generators ? all.generator_tests : all.codec_tests) {
    for (const auto& model : all.models) {
      if (mean(model)) models.push_back(&model);
    }
  }
  const std::optional<double>& mean(const ModelResult& model) const {
    return generated ? model.generated_mean : model.mean;
  }
  std::vector<std::string> model_names() const {
    std::vector<std::string> names;
    for (const auto* model : models) names.push_back(model->model);
    return names;
  }
};

/// Where everything of the matrix stands.
struct Layout {
  double left = 0, top = 0;  ///< corner of the cells
  double cell_width = 0, cell_height = 0;
  double number_size = 0;  ///< 0: no room for numbers
  std::size_t rows = 0, columns = 0;
  double x(std::size_t column) const { return left + static_cast<double>(column) * cell_width; }
  double y(std::size_t row) const { return top + static_cast<double>(row) * cell_height; }
  double mean_x() const { return x(columns) + mean_gap; }
  double mean_width() const { return std::max(cell_width, 40.0); }
  double right() const { return mean_x() + mean_width(); }
  double bottom() const { return y(rows); }
};

double longest(const std::vector<std::string>& names) {
  double width = 0;
  for (const auto& name : names) width = std::max(width, svg::text_width(labelled(name), label_size));
  return width;
}

Layout layout_of(const Matrix& matrix) {
  Layout layout;
  layout.rows = matrix.models.size();
  layout.columns = matrix.tests.size();
  layout.left = std::max(longest(matrix.model_names()), svg::text_width("trained on", label_size)) + 14;
  layout.top = longest(matrix.tests) + heading_height + 12;
  const double room = (page_width - layout.left - mean_gap) / static_cast<double>(layout.columns + 1);
  layout.cell_width = std::clamp(room, 20.0, 88.0);
  layout.cell_height = std::clamp(layout.cell_width, 20.0, 46.0);
  layout.number_size = layout.cell_width >= 60   ? 14.5
                       : layout.cell_width >= 44 ? 13
                       : layout.cell_width >= 30 ? 10.5
                                                 : 8;
  return layout;
}

std::string hover_of(const EerCell& cell) {
  return fmt::format("trained on {}, tested on {}: EER {} %, 95 % interval {} to {} %; {} bona fide, {} spoofed; {}",
                     labelled(cell.model), labelled(cell.test), percent(cell.eer.value, 2), percent(cell.eer.low, 2),
                     percent(cell.eer.high, 2), grouped(cell.eer.bona_fide), grouped(cell.eer.spoofed), cell.file);
}

/// On the codec that the detector was trained on, or on a generator that uses that codec.
bool is_its_own(const EerCell& cell) {
  if (cell.model == cell.test) return true;
  const auto* const generator = find_generator(cell.test);
  return generator != nullptr &&
         std::find(generator->like.begin(), generator->like.end(), cell.model) != generator->like.end();
}

/// The number in the middle of a coloured cell; the ramp sets its colour, not the theme.
std::string number(double x, double y, double size, double eer) {
  return fmt::format(
      "<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{:g}\" text-anchor=\"middle\" fill=\"{}\" "
      "pointer-events=\"none\">{}</text>\n",
      x, y + size * 0.36, size, ramp_text_colour(eer), percent(eer, 1));
}

std::string draw_cells(const Matrix& matrix, const Layout& layout) {
  std::string body, frames;
  for (std::size_t row = 0; row < layout.rows; ++row) {
    for (std::size_t column = 0; column < layout.columns; ++column) {
      const double x = layout.x(column), y = layout.y(row);
      const auto* const found = matrix.detection.find(matrix.models[row]->model, matrix.tests[column]);
      if (found == nullptr) {
        body += svg::text(x + layout.cell_width / 2, y + layout.cell_height / 2 + 4, "–", 12, svg::Anchor::middle,
                          Ink::faint);
        continue;
      }
      const double eer = found->eer.value;
      body += svg::cell(x + 0.5, y + 0.5, layout.cell_width - 1, layout.cell_height - 1, ramp_colour(eer),
                        hover_of(*found));
      body += number(x + layout.cell_width / 2, y + layout.cell_height / 2, layout.number_size, eer);
      if (is_its_own(*found)) {
        frames +=
            svg::frame(x + 0.5, y + 0.5, layout.cell_width - 1, layout.cell_height - 1, Ink::mark, diagonal_stroke);
      }
    }
  }
  return body + frames;
}

std::string draw_means(const Matrix& matrix, const Layout& layout) {
  std::string body =
      svg::upward_text(layout.mean_x() + layout.mean_width() / 2 + 4, layout.top - 8, "mean", label_size, Ink::faint);
  for (std::size_t row = 0; row < layout.rows; ++row) {
    const auto& model = *matrix.models[row];
    const double mean = matrix.mean(model).value();
    const double y = layout.y(row);
    body +=
        svg::cell(layout.mean_x() + 0.5, y + 0.5, layout.mean_width() - 1, layout.cell_height - 1, ramp_colour(mean),
                  fmt::format("trained on {}: mean EER {} %", labelled(model.model), percent(mean, 2)));
    body += number(layout.mean_x() + layout.mean_width() / 2, y + layout.cell_height / 2,
                   std::min(14.5, layout.number_size + 2), mean);
  }
  return body;
}

/// Positions before which another codec family begins; none where every codec is a family of its own.
std::vector<std::size_t> family_borders(const std::vector<std::string>& codecs) {
  std::vector<std::size_t> borders;
  for (std::size_t i = 1; i < codecs.size(); ++i) {
    if (class_of(codecs[i - 1], "family") != class_of(codecs[i], "family")) borders.push_back(i);
  }
  return borders.size() + 1 < codecs.size() ? borders : std::vector<std::size_t>();
}

std::string draw_family_borders(const Matrix& matrix, const Layout& layout) {
  std::string body;
  for (const std::size_t row : family_borders(matrix.model_names())) {
    body += svg::line(layout.left - 6, layout.y(row), layout.x(layout.columns), layout.y(row), Ink::faint, 0.8);
  }
  for (const std::size_t column : family_borders(matrix.tests)) {
    body += svg::line(layout.x(column), layout.top - 6, layout.x(column), layout.bottom(), Ink::faint, 0.8);
  }
  return body;
}

std::string draw_labels(const Matrix& matrix, const Layout& layout) {
  std::string body = svg::text(layout.left, 14, "tested on →", label_size, svg::Anchor::start, Ink::faint);
  body += svg::text(layout.left - 10, layout.top - 10, "trained on ↓", label_size, svg::Anchor::end, Ink::faint);
  for (std::size_t row = 0; row < layout.rows; ++row) {
    body += svg::text(layout.left - 10, layout.y(row) + layout.cell_height / 2 + 4, labelled(matrix.models[row]->model),
                      label_size, svg::Anchor::end);
  }
  for (std::size_t column = 0; column < layout.columns; ++column) {
    body += svg::upward_text(layout.x(column) + layout.cell_width / 2 + 4, layout.top - 8,
                             labelled(matrix.tests[column]), label_size);
  }
  return body;
}

std::string draw_legend(double x, double y, bool generated) {
  constexpr int steps = 50;
  constexpr double width = 260, height = 10;
  std::string body;
  for (int i = 0; i < steps; ++i) {
    body += svg::cell(x + width * i / steps, y, width / steps + 0.5, height,
                      ramp_colour(chance_eer * (i + 0.5) / steps), "");
  }
  for (const double eer : {0.0, 0.1, 0.2, 0.3, 0.4, 0.5}) {
    const auto anchor = eer == 0 ? svg::Anchor::start : svg::Anchor::middle;
    body += svg::text(x + width * eer / chance_eer, y + height + 13, percent(eer, 0), 11, anchor, Ink::faint);
  }
  body += svg::text(x + width + 16, y + 10, "EER, %", 11, svg::Anchor::start, Ink::faint);
  constexpr double frame_x = 330;
  body += svg::frame(x + frame_x, y - 2, 20, 14, Ink::mark, diagonal_stroke);
  body += svg::text(x + frame_x + 28, y + 10,
                    generated ? "its codec is the one it was trained on" : "on the codec it was trained on", 11,
                    svg::Anchor::start, Ink::faint);
  return body;
}

}  // namespace

Figure eer_matrix_figure(const Study& study, bool generated) {
  const Matrix matrix(study.detection, generated);
  if (matrix.models.empty()) return {};
  const Layout layout = layout_of(matrix);
  constexpr double legend_width = 560, legend_height = 52;
  Figure figure;
  figure.file = generated ? "eer_matrix_cosg.svg" : "eer_matrix.svg";
  figure.description = fmt::format("Equal error rates of {} detectors on {} {}, as a heat map", layout.rows,
                                   layout.columns, generated ? "generators" : "codecs");
  const double legend_x = std::min(layout.left, 40.0);
  figure.width = std::max(layout.right() + 4, legend_x + legend_width);
  figure.height = layout.bottom() + legend_height;
  figure.body = draw_cells(matrix, layout) + draw_means(matrix, layout) + draw_family_borders(matrix, layout) +
                draw_labels(matrix, layout) + draw_legend(legend_x, layout.bottom() + 18, generated);
  return figure;
}

}  // namespace cfo::report
