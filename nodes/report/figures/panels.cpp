#include "nodes/report/figures/panels.h"

#include <algorithm>

namespace cfo::report {
namespace {

constexpr double page_width = 1120;
constexpr double gap = 28;
constexpr std::size_t most_columns = 3;
constexpr double widest_panel = 546;
constexpr double tick_size = 10.5;

}  // namespace

PanelGrid::PanelGrid(std::size_t count, double height_of_panel)
    : columns(std::clamp<std::size_t>(count, 1, most_columns)),
      rows((count + columns - 1) / columns),
      panel_width(
          std::min(widest_panel, (page_width - gap * static_cast<double>(columns - 1)) / static_cast<double>(columns))),
      panel_height(height_of_panel) {}

double PanelGrid::width() const { return static_cast<double>(columns) * (panel_width + gap) - gap; }

svg::Point PanelGrid::corner(std::size_t index) const {
  return {static_cast<double>(index % columns) * (panel_width + gap),
          static_cast<double>(index / columns) * panel_height};
}

std::string draw_x_axis(const Axes& axes, int wanted_ticks, std::string_view title) {
  std::string body = svg::line(axes.left, axes.bottom(), axes.right(), axes.bottom(), Ink::faint, 1);
  for (const double tick : round_ticks(axes.x_low, axes.x_high, wanted_ticks)) {
    body += svg::line(axes.x(tick), axes.bottom(), axes.x(tick), axes.bottom() + 4, Ink::faint, 1);
    body += svg::text(axes.x(tick), axes.bottom() + 15, tick_text(tick), tick_size, svg::Anchor::middle, Ink::faint);
  }
  if (!title.empty()) {
    body += svg::text(axes.right(), axes.bottom() + 29, title, tick_size, svg::Anchor::end, Ink::faint);
  }
  return body;
}

std::string draw_y_grid(const Axes& axes, int wanted_ticks, double scale) {
  std::string body;
  for (const double tick : round_ticks(axes.y_low * scale, axes.y_high * scale, wanted_ticks)) {
    const double y = axes.y(tick / scale);
    body += svg::line(axes.left, y, axes.right(), y, Ink::grid, 1);
    body += svg::text(axes.left - 6, y + 3.5, tick_text(tick), tick_size, svg::Anchor::end, Ink::faint);
  }
  return body;
}

std::string draw_key(double x, double y, const std::vector<KeyEntry>& entries) {
  constexpr double size = 12, sample = 18;
  std::string body;
  for (const auto& [ink, filled, words] : entries) {
    if (filled) body += svg::area({{x, y - 10}, {x + sample, y - 10}, {x + sample, y}, {x, y}}, ink, 0.3);
    body += filled ? svg::polyline({{x, y}, {x, y - 10}, {x + sample, y - 10}, {x + sample, y}}, ink)
                   : svg::polyline({{x, y - 4}, {x + sample, y - 4}}, ink, 1.6, "stroke-dasharray=\"4 3\"");
    body += svg::text(x + sample + 7, y, words, size);
    x += sample + 7 + svg::text_width(words, size) + 22;
  }
  return body;
}

}  // namespace cfo::report
