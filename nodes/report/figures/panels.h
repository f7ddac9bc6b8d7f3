// Small multiples: panels of one size in a grid, each with a plot area and its axes.
#pragma once

#include <string>
#include <utility>

#include "nodes/report/figures/svg.h"

namespace cfo::report {

/// Maps data to pixels within a plot area.
struct Axes {
  double left = 0, top = 0, width = 0, height = 0;
  double x_low = 0, x_high = 1, y_low = 0, y_high = 1;
  double x(double value) const { return left + (value - x_low) / (x_high - x_low) * width; }
  double y(double value) const { return top + height - (value - y_low) / (y_high - y_low) * height; }
  double bottom() const { return top + height; }
  double right() const { return left + width; }
};

/// A grid of `count` panels as wide as the page allows.
struct PanelGrid {
  PanelGrid(std::size_t count, double panel_height);
  std::size_t columns = 1, rows = 1;
  double panel_width = 0, panel_height = 0;
  double width() const;
  double height() const { return static_cast<double>(rows) * panel_height; }
  /// Upper left corner of a panel.
  svg::Point corner(std::size_t index) const;
};

/// Base line with round ticks and their numbers.
std::string draw_x_axis(const Axes& axes, int wanted_ticks, std::string_view title);
/// Faint horizontal lines with their numbers times `scale` (100 for per cent).
std::string draw_y_grid(const Axes& axes, int wanted_ticks, double scale = 1);

/// A key in one line: a sample of each colour and what it means. Starts at (x, y), the base line of its text.
struct KeyEntry {
  Ink ink;
  bool filled;
  std::string words;
};
std::string draw_key(double x, double y, const std::vector<KeyEntry>& entries);

}  // namespace cfo::report
