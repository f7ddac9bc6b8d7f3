#include "nodes/report/figures/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "nodes/report/tables/text.h"

namespace cfo::report {
namespace {

struct Colour {
  std::string_view name, light;
};

/// Bona fide and spoofed: blue and vermilion of Okabe and Ito 2008, told apart with any colour vision.
Colour colour_of(Ink ink) {
  switch (ink) {
    case Ink::text:
      return {"text", "#1c2733"};
    case Ink::faint:
      return {"faint", "#5d6b7a"};
    case Ink::grid:
      return {"grid", "#d7dde3"};
    case Ink::bona_fide:
      return {"bona", "#0072b2"};
    case Ink::spoofed:
      return {"spoof", "#d55e00"};
    case Ink::pooled:
      return {"pooled", "#5d6b7a"};
    case Ink::mark:
      return {"mark", "#d55e00"};
  }
  return {"text", "#1c2733"};
}

std::string fill(Ink ink) {
  const Colour colour = colour_of(ink);
  return fmt::format("class=\"fill-{}\" fill=\"{}\"", colour.name, colour.light);
}

std::string stroke(Ink ink, double width) {
  const Colour colour = colour_of(ink);
  return fmt::format("class=\"stroke-{}\" stroke=\"{}\" stroke-width=\"{:g}\" fill=\"none\"", colour.name, colour.light,
                     width);
}

std::string coordinates(const std::vector<svg::Point>& points) {
  std::string out;
  for (const auto& point : points) out += fmt::format("{}{:.1f},{:.1f}", out.empty() ? "" : " ", point.x, point.y);
  return out;
}

std::string hover_title(std::string_view hover) {
  return hover.empty() ? std::string() : fmt::format("<title>{}</title>", escape(hover));
}

constexpr std::string_view font =
    "font-family=\"system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', 'Liberation Sans', sans-serif\"";

}  // namespace

namespace svg {

std::string text(double x, double y, std::string_view words, double size, Anchor anchor, Ink ink,
                 std::string_view more) {
  const char* side = anchor == Anchor::start ? "start" : anchor == Anchor::middle ? "middle" : "end";
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{:g}\" text-anchor=\"{}\" {} {}>{}</text>\n", x, y,
                     size, side, fill(ink), more, escape(words));
}

std::string upward_text(double x, double y, std::string_view words, double size, Ink ink) {
  return text(x, y, words, size, Anchor::start, ink, fmt::format("transform=\"rotate(-90 {:.1f} {:.1f})\"", x, y));
}

std::string line(double x1, double y1, double x2, double y2, Ink ink, double width, std::string_view more) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {} {}/>\n", x1, y1, x2, y2,
                     stroke(ink, width), more);
}

std::string cell(double x, double y, double width, double height, std::string_view colour, std::string_view hover) {
  return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\">{}</rect>\n", x, y,
                     width, height, colour, hover_title(hover));
}

std::string frame(double x, double y, double width, double height, Ink ink, double stroke_width) {
  return fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" pointer-events=\"none\" {}/>\n", x, y, width,
      height, stroke(ink, stroke_width));
}

std::string polyline(const std::vector<Point>& points, Ink ink, double width, std::string_view more) {
  return fmt::format("<polyline points=\"{}\" stroke-linejoin=\"round\" {} {}/>\n", coordinates(points),
                     stroke(ink, width), more);
}

std::string area(const std::vector<Point>& outline, Ink ink, double opacity) {
  return fmt::format("<polygon points=\"{}\" fill-opacity=\"{:g}\" {}/>\n", coordinates(outline), opacity, fill(ink));
}

std::string dot(Point at, double radius, Ink ink, std::string_view hover) {
  return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:g}\" {}>{}</circle>\n", at.x, at.y, radius, fill(ink),
                     hover_title(hover));
}

double text_width(std::string_view words, double size) {
  const auto letters = std::count_if(words.begin(), words.end(), [](char c) { return (c & 0xC0) != 0x80; });
  constexpr double advance = 0.6;  // of an em; DejaVu Sans, the widest of the fonts asked for
  return static_cast<double>(letters) * size * advance;
}

}  // namespace svg

std::string pdf_name(const Figure& figure) {
  return std::filesystem::path(figure.file).replace_extension(".pdf").string();
}

std::string inline_svg(const Figure& figure) {
  return fmt::format(
      "<svg class=\"figure\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {:.0f} {:.0f}\" style=\"width:{:.0f}px\" "
      "{}>\n"
      "{}</svg>\n",
      escape(figure.description), figure.width, figure.height, figure.width, font, figure.body);
}

std::string svg_document(const Figure& figure) {
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\" "
      "{2}>\n<desc>{3}</desc>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{4}</svg>\n",
      figure.width, figure.height, font, escape(figure.description), figure.body);
}

std::vector<double> round_ticks(double low, double high, int wanted) {
  if (!(high > low) || wanted < 1) return {low};
  const double rough = (high - low) / wanted;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  const double mantissa = rough / power;
  const double step = power * (mantissa < 1.5 ? 1 : mantissa < 3.5 ? 2 : mantissa < 7.5 ? 5 : 10);
  std::vector<double> ticks;
  const double first = std::ceil(low / step - 1e-9);
  for (int i = 0; (first + i) * step <= high + step * 1e-9; ++i) ticks.push_back((first + i) * step);
  return ticks;
}

std::string tick_text(double value) {
  if (std::abs(value) < 1e-12) return "0";
  const std::string text = fmt::format("{:.4g}", value);
  return text.front() == '-' ? "−" + text.substr(1) : text;
}

}  // namespace cfo::report
