#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "nodes/report/figures/figures.h"
#include "nodes/report/figures/panels.h"
#include "nodes/report/tables/text.h"

namespace cfo::report {
namespace {

constexpr double panel_height = 236;
constexpr double plot_height = 62;

using Field = double TrainingPoint::*;

struct Curve {
  std::string title;
  double scale = 1;  ///< from the value to what the axis shows
  Ink ink = Ink::text;
  std::vector<std::pair<double, double>> points;  ///< time, value
};

/// What a log is drawn over: epochs, or steps where an epoch has several lines.
struct Time {
  Field field = &TrainingPoint::epoch;
  std::string name = "epoch";
  double low = 0, high = 1;
};

Time time_of(const TrainingLog& log) {
  Time time;
  std::set<double> epochs;
  for (const auto& point : log.points) {
    if (!epochs.insert(point.epoch).second) time = {&TrainingPoint::step, "step", 0, 1};
  }
  std::set<double> values;
  for (const auto& point : log.points) {
    if (std::isfinite(point.*time.field)) values.insert(point.*time.field);
  }
  if (values.empty()) return time;
  const double margin = values.size() == 1 ? 0.5 : 0;
  time.low = *values.begin() - margin;
  time.high = *values.rbegin() + margin;
  return time;
}

Curve curve_of(const TrainingLog& log, const Time& time, Field value, const std::string& title, double scale, Ink ink) {
  Curve curve{title, scale, ink, {}};
  for (const auto& point : log.points) {
    if (std::isfinite(point.*time.field) && std::isfinite(point.*value)) {
      curve.points.emplace_back(point.*time.field, point.*value);
    }
  }
  return curve;
}

std::string draw_curve(const Curve& curve, double left, double top, double width, const Time& time) {
  std::string body = svg::text(left, top - 7, curve.title, 11, svg::Anchor::start, Ink::faint);
  if (curve.points.empty()) {
    return body + svg::text(left, top + plot_height / 2, "not recorded", 11, svg::Anchor::start, Ink::faint);
  }
  double highest = 0;
  for (const auto& [at, value] : curve.points) highest = std::max(highest, value);
  const double ceiling = highest > 0 ? highest * 1.1 : 1 / curve.scale;
  const Axes axes{left, top, width, plot_height, time.low, time.high, 0, ceiling};
  body += draw_y_grid(axes, 3, curve.scale);
  std::vector<svg::Point> line;
  for (const auto& [at, value] : curve.points) line.push_back({axes.x(at), axes.y(value)});
  body += svg::polyline(line, curve.ink);
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto [at, value] = curve.points[i];
    body += svg::dot(line[i], 3, curve.ink, fmt::format("{} {:g}: {:.4g}", time.name, at, value * curve.scale));
  }
  return body;
}

std::string draw_panel(const TrainingLog& log, svg::Point corner, double panel_width) {
  const double left = corner.x + 34, width = panel_width - 44;
  const double loss_top = corner.y + 46, eer_top = loss_top + plot_height + 30;
  const Time time = time_of(log);
  const Curve loss = curve_of(log, time, &TrainingPoint::loss, "training loss", 1, Ink::pooled);
  const Curve eer = curve_of(log, time, &TrainingPoint::validation_eer, "validation EER, %", 100, Ink::bona_fide);
  const Axes axes{left, eer_top, width, plot_height, time.low, time.high, 0, 1};
  const int ticks = static_cast<int>(std::clamp(time.high - time.low, 1.0, 6.0));
  return svg::text(left, corner.y + 16, labelled(log.model), 13, svg::Anchor::start, Ink::text, "font-weight=\"600\"") +
         draw_curve(loss, left, loss_top, width, time) + draw_curve(eer, left, eer_top, width, time) +
         draw_x_axis(axes, ticks, time.name);
}

}  // namespace

Figure training_figure(const Study& study) {
  const auto& logs = study.logs.training;
  if (logs.empty()) return {};
  const PanelGrid grid(logs.size(), panel_height);
  Figure figure;
  figure.file = "training.svg";
  figure.description = fmt::format("Training loss and validation EER of {} detectors by epoch", logs.size());
  for (std::size_t i = 0; i < logs.size(); ++i) figure.body += draw_panel(logs[i], grid.corner(i), grid.panel_width);
  figure.width = grid.width();
  figure.height = grid.height();
  return figure;
}

}  // namespace cfo::report
