#include <fmt/format.h>

#include <algorithm>

#include "nodes/report/figures/figures.h"
#include "nodes/report/figures/panels.h"
#include "nodes/report/gather/generators.h"
#include "nodes/report/tables/text.h"

namespace cfo::report {
namespace {

constexpr double left = 40, top = 44, plot_height = 210;
constexpr double page_width = 1120;
constexpr double label_size = 12;

struct Bars {
  std::string title;
  std::vector<const CodecFacts*> sets;
};

Bars bars_of(const DataSet& data, bool generators) {
  Bars bars{generators ? "(b) of generators" : "(a) re-synthesised by codecs", {}};
  for (const auto& set : data.codecs) {
    const bool generator = find_generator(set.name) != nullptr;
    if (set.utmos.count() > 0 && !set.is_bona_fide() && generator == generators) bars.sets.push_back(&set);
  }
  return bars;
}

const Moments* bona_fide_of(const DataSet& data) {
  for (const auto& set : data.codecs) {
    if (set.is_bona_fide() && set.utmos.count() > 0) return &set.utmos;
  }
  return nullptr;
}

double label_height(const Bars& bars) {
  double height = 0;
  for (const auto* set : bars.sets) height = std::max(height, svg::text_width(labelled(set->name), label_size));
  return height + 20;
}

std::string draw_bar(const CodecFacts& set, const Axes& axes, double x, double width) {
  const double mean = set.utmos.mean(), deviation = set.utmos.deviation();
  const auto within = [&](double value) { return axes.y(std::clamp(value, axes.y_low, axes.y_high)); };
  std::string body = fmt::format("<g>\n<title>{}: UTMOS {:.3f}, standard deviation {:.3f}, {} utterances</title>\n",
                                 escape(labelled(set.name)), mean, deviation, grouped(set.utmos.count()));
  const double middle = x + width / 2;
  body += svg::area({{x, axes.bottom()}, {x, within(mean)}, {x + width, within(mean)}, {x + width, axes.bottom()}},
                    Ink::spoofed, 0.55);
  body += svg::line(middle, within(mean - deviation), middle, within(mean + deviation), Ink::text, 1);
  // At the foot of the bar, away from the line of bona fide speech and the dots.
  body += svg::text(middle, axes.bottom() - 5, fmt::format("{:.2f}", mean), 9.5, svg::Anchor::middle);
  body += "</g>\n";
  if (set.bona_fide_utmos.count() == 0) return body;
  const auto& own = set.bona_fide_utmos;
  return body + svg::dot({middle, within(own.mean())}, 4, Ink::bona_fide,
                         fmt::format("bona fide speech of {}: UTMOS {:.3f}, standard deviation {:.3f}, {} utterances",
                                     labelled(set.name), own.mean(), own.deviation(), grouped(own.count())));
}

std::string draw_reference(const Moments* bona_fide, const Axes& axes) {
  if (bona_fide == nullptr) return {};
  const double y = axes.y(bona_fide->mean());
  return svg::line(axes.left, y, axes.right(), y, Ink::bona_fide, 1.4, "stroke-dasharray=\"5 3\"") +
         svg::text(axes.right(), axes.top - 8, fmt::format("bona fide {:.3f}", bona_fide->mean()), 11, svg::Anchor::end,
                   Ink::bona_fide);
}

std::string draw_panel(const Bars& bars, const Moments* bona_fide, double y, double width) {
  const double slot = width / static_cast<double>(bars.sets.size());
  const Axes axes{left, y + top, width, plot_height, 0, 1, 1, 5};
  std::string body =
      svg::text(left, y + 16, "UTMOS " + bars.title, 13, svg::Anchor::start, Ink::text, "font-weight=\"600\"");
  body += draw_y_grid(axes, 4) + draw_reference(bona_fide, axes);
  const bool dots =
      std::any_of(bars.sets.begin(), bars.sets.end(), [](const auto* set) { return set->bona_fide_utmos.count() > 0; });
  if (dots)
    body += svg::text(left, axes.top - 8, "dots: bona fide speech of each set", 11, svg::Anchor::start, Ink::bona_fide);
  for (std::size_t i = 0; i < bars.sets.size(); ++i) {
    const double x = left + slot * static_cast<double>(i);
    body += draw_bar(*bars.sets[i], axes, x + slot * 0.15, slot * 0.7);
    const auto name = labelled(bars.sets[i]->name);
    const double name_x = x + slot / 2 + 4, name_y = axes.bottom() + 8;
    body += svg::text(name_x, name_y, name, label_size, svg::Anchor::end, Ink::text,
                      fmt::format("transform=\"rotate(-90 {:.1f} {:.1f})\"", name_x, name_y));
  }
  return body + svg::line(axes.left, axes.bottom(), axes.right(), axes.bottom(), Ink::faint, 1);
}

}  // namespace

Figure quality_figure(const Study& study) {
  const auto* const bona_fide = bona_fide_of(study.data);
  Figure figure;
  figure.file = "quality.svg";
  figure.description = "Mean UTMOS of each codec's and each generator's speech";
  for (const bool generators : {false, true}) {
    const auto bars = bars_of(study.data, generators);
    if (bars.sets.empty()) continue;
    constexpr double widest_slot = 64;
    const double width = std::min(page_width - left, widest_slot * static_cast<double>(bars.sets.size()));
    const double plot_width = std::max(width, 380.0);
    figure.body += draw_panel(bars, bona_fide, figure.height, plot_width);
    figure.width = std::max(figure.width, left + plot_width + 8);
    figure.height += top + plot_height + label_height(bars);
  }
  return figure;
}

}  // namespace cfo::report
