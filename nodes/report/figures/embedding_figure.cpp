#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nodes/report/figures/figures.h"
#include "nodes/report/figures/panels.h"
#include "nodes/report/tables/text.h"

namespace cfo::report {
namespace {

constexpr double key_height = 34;
constexpr double heading_height = 42;
constexpr double panel_height = 372;
constexpr double margin = 10;

std::string draw_points(const EmbeddingMap& map, const Axes& axes) {
  std::string body;
  for (const bool bona_fide : {false, true}) {
    for (const auto& utterance : map.utterances) {
      if (utterance.bona_fide != bona_fide) continue;
      body += svg::dot({axes.x(utterance.x), axes.y(utterance.y)}, 2.2, bona_fide ? Ink::bona_fide : Ink::spoofed,
                       utterance.utterance_id);
    }
  }
  return "<g fill-opacity=\"0.6\">\n" + body + "</g>\n";
}

/// The same scale both ways, since distances are what a map shows.
Axes axes_of(const EmbeddingMap& map, svg::Point corner, double width, double height) {
  double reach = 0;
  for (const auto& utterance : map.utterances) reach = std::max({reach, std::abs(utterance.x), std::abs(utterance.y)});
  reach = reach > 0 ? reach * 1.04 : 1;
  const double side = std::min(width, height);
  return {corner.x + (width - side) / 2, corner.y, side, side, -reach, reach, -reach, reach};
}

std::string draw_panel(const EmbeddingMap& map, svg::Point corner, double width) {
  std::string body = svg::text(corner.x + margin, corner.y + 14, labelled(map.model), 13, svg::Anchor::start, Ink::text,
                               "font-weight=\"600\"");
  body += svg::text(corner.x + margin, corner.y + 30,
                    fmt::format("on {}; KL divergence {:.2f}", labelled(map.test), map.divergence), 11,
                    svg::Anchor::start, Ink::faint);
  const double height = panel_height - heading_height - margin;
  body += svg::frame(corner.x + margin, corner.y + heading_height, width - 2 * margin, height, Ink::grid, 1);
  return body +
         draw_points(map, axes_of(map, {corner.x + margin, corner.y + heading_height}, width - 2 * margin, height));
}

}  // namespace

Figure embedding_figure(const Study& study) {
  const auto& maps = study.embeddings.maps;
  if (maps.empty()) return {};
  const PanelGrid grid(maps.size(), panel_height);
  Figure figure;
  figure.file = "embeddings.svg";
  figure.description = fmt::format("t-SNE maps of the embeddings of {} detectors", maps.size());
  figure.body = draw_key(margin, 14, {{Ink::bona_fide, true, "bona fide"}, {Ink::spoofed, true, "spoofed"}});
  for (std::size_t i = 0; i < maps.size(); ++i) {
    const auto corner = grid.corner(i);
    figure.body += draw_panel(maps[i], {corner.x, corner.y + key_height}, grid.panel_width);
  }
  figure.width = std::max(grid.width(), 400.0);
  figure.height = grid.height() + key_height;
  return figure;
}

}  // namespace cfo::report
