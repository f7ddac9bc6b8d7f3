#include <fmt/format.h>

#include <algorithm>

#include "nodes/report/figures/figures.h"
#include "nodes/report/figures/panels.h"
#include "nodes/report/tables/text.h"

namespace cfo::report {
namespace {

constexpr double key_height = 34;
constexpr double panel_height = 214;

/// Outline of a histogram as steps.
std::vector<svg::Point> steps(const Axes& axes, const std::vector<double>& bins) {
  std::vector<svg::Point> points{{axes.left, axes.bottom()}};
  const double width = axes.width / static_cast<double>(bins.size());
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const double left = axes.left + static_cast<double>(i) * width;
    points.push_back({left, axes.y(bins[i])});
    points.push_back({left + width, axes.y(bins[i])});
  }
  points.push_back({axes.right(), axes.bottom()});
  return points;
}

std::string draw_class(const Axes& axes, const std::vector<double>& bins, Ink ink) {
  if (bins.empty()) return {};
  const auto outline = steps(axes, bins);
  return svg::area(outline, ink, 0.25) + svg::polyline(outline, ink);
}

std::string draw_threshold(const Axes& axes, const ModelResult& model) {
  if (!model.own) return {};
  const double threshold = model.own->threshold;
  const Histogram& scores = model.scores;
  if (threshold < scores.low || threshold > scores.high) return {};
  const double x = axes.x(threshold);
  const bool to_the_left = x > axes.left + axes.width * 0.55;
  return svg::line(x, axes.top - 2, x, axes.bottom(), Ink::text, 1, "stroke-dasharray=\"2 3\"") +
         svg::text(x + (to_the_left ? -6 : 6), axes.top + 8, fmt::format("EER {} %", percent(model.own->value, 1)), 11,
                   to_the_left ? svg::Anchor::end : svg::Anchor::start);
}

std::string draw_panel(const ModelResult& model, svg::Point corner, double width) {
  const Histogram& scores = model.scores;
  double highest = 0;
  for (const auto* bins : {&scores.bona_fide, &scores.own, &scores.pooled}) {
    for (const double share : *bins) highest = std::max(highest, share);
  }
  const Axes axes{corner.x + 34, corner.y + 30, width - 40, panel_height - 80,
                  scores.low,    scores.high,   0,          std::max(highest * 1.06, 0.01)};
  std::string body = svg::text(corner.x + 34, corner.y + 16, labelled(model.model), 13, svg::Anchor::start, Ink::text,
                               "font-weight=\"600\"");
  body += draw_y_grid(axes, 4, 100);
  body += draw_class(axes, scores.bona_fide, Ink::bona_fide) + draw_class(axes, scores.own, Ink::spoofed);
  if (!scores.pooled.empty())
    body += svg::polyline(steps(axes, scores.pooled), Ink::pooled, 1.4, "stroke-dasharray=\"4 3\"");
  return body + draw_threshold(axes, model) + draw_x_axis(axes, 5, "score: higher is more bona fide");
}

}  // namespace

Figure score_figure(const Study& study) {
  const auto& models = study.detection.models;
  if (models.empty()) return {};
  const PanelGrid grid(models.size(), panel_height);
  Figure figure;
  figure.file = "scores.svg";
  figure.description = fmt::format("Histograms of the scores of {} detectors", models.size());
  figure.body = draw_key(34, 14,
                         {{Ink::bona_fide, true, "bona fide"},
                          {Ink::spoofed, true, "spoofed, its own codec"},
                          {Ink::pooled, false, "spoofed, all codecs"}});
  for (std::size_t i = 0; i < models.size(); ++i) {
    const auto corner = grid.corner(i);
    figure.body += draw_panel(models[i], {corner.x, corner.y + key_height}, grid.panel_width);
  }
  figure.width = std::max(grid.width(), 560.0);
  figure.height = grid.height() + key_height;
  return figure;
}

}  // namespace cfo::report
