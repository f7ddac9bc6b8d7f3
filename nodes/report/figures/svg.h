// Figures as SVG: the same drawing stands in the page, where its style sheet rules the colours, and in a file of its
// own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cfo::report {

/// A finished drawing. Lengths are CSS pixels.
struct Figure {
  std::string file;         ///< name of its own file, e.g. "eer_matrix.svg"
  std::string description;  ///< one sentence for readers who cannot see it
  double width = 0, height = 0;
  std::string body;
  bool empty() const { return body.empty(); }
};

/// Part of a figure's palette. Every element carries its colour for a light background as an attribute and its role as
/// a class, so that the page can follow a dark theme.
enum class Ink { text, faint, grid, bona_fide, spoofed, pooled, mark };

namespace svg {

enum class Anchor { start, middle, end };

std::string text(double x, double y, std::string_view words, double size, Anchor anchor = Anchor::start,
                 Ink ink = Ink::text, std::string_view more = {});
/// Reads upwards from (x, y).
std::string upward_text(double x, double y, std::string_view words, double size, Ink ink = Ink::text);
std::string line(double x1, double y1, double x2, double y2, Ink ink, double width = 1, std::string_view more = {});
/// Filled with a fixed colour ("#rrggbb"); `hover` is shown under the pointer.
std::string cell(double x, double y, double width, double height, std::string_view colour, std::string_view hover);
std::string frame(double x, double y, double width, double height, Ink ink, double stroke_width);

struct Point {
  double x = 0, y = 0;
};
std::string polyline(const std::vector<Point>& points, Ink ink, double width = 1.6, std::string_view more = {});
std::string area(const std::vector<Point>& outline, Ink ink, double opacity);
std::string dot(Point at, double radius, Ink ink, std::string_view hover);

/// Width in pixels that a text takes at most, by the mean advance of common sans-serif fonts.
double text_width(std::string_view words, double size);

}  // namespace svg

/// "eer_matrix.pdf": the name of the figure's PDF.
std::string pdf_name(const Figure& figure);

/// Element for an HTML page.
std::string inline_svg(const Figure& figure);
/// Document for a file of its own, on white.
std::string svg_document(const Figure& figure);

/// Numbers from `low` to `high` at steps of 1, 2 or 5 times a power of ten, about `wanted` of them.
std::vector<double> round_ticks(double low, double high, int wanted);

/// A tick as short as it can be said.
std::string tick_text(double value);

}  // namespace cfo::report
