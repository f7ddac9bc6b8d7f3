#include <fmt/format.h>

#include <iterator>

#include "bench/print/report.h"

namespace cfo::bench {
namespace {

double codec_gflops(const RunFigures& figures) { return figures.operations.flops / figures.speed.wall / 1e9; }

std::string nodes_text(const RunSpeed& speed) {
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "\n{:<20}{:>9}{:>9}{:>11}{:>14}{:>9}{:>14}{:>13}\n", "node", "items", "batches", "busy s",
                 "busy threads", "share", "wait s/item", "most queued");
  for (const auto& node : speed.nodes) {
    fmt::format_to(out, "{:<20}{:>9}{:>9}{:>11.2f}{:>14.2f}{:>7.1f} %{:>14.4f}{:>13}\n", node.node, node.items,
                   node.batches, node.busy_seconds, node.busy_threads, 100 * node.share, node.wait_seconds,
                   node.queue_most);
  }
  if (!speed.tasks.empty()) fmt::format_to(out, "\n{:<20}{:>9}{:>11}{:>14}\n", "task", "units", "wall s", "CPU s");
  for (const auto& task : speed.tasks) {
    fmt::format_to(out, "{:<20}{:>9}{:>11.2f}{:>14.2f}\n", task.node, task.units, task.wall, task.cpu);
  }
  return text;
}

}  // namespace

std::string run_text(const RunFigures& figures) {
  const RunSpeed& speed = figures.speed;
  std::string text = fmt::format("{} shards, {} utterances ({} failed), {:.1f} s of audio\n", speed.units, speed.items,
                                 speed.failed, speed.audio_seconds);
  text += fmt::format("flows: {:.2f} audio seconds per busy thread second, {:.2f} per wall second\n",
                      speed.audio_seconds / speed.busy, speed.audio_seconds / speed.wall);
  if (figures.measured) {
    text += fmt::format(
        "whole run with its tasks: {:.2f} audio seconds per CPU second, {:.2f} per wall second ({:.1f} s CPU, {:.1f} s "
        "wall)\n",
        speed.audio_seconds / figures.measured->cpu, speed.audio_seconds / figures.measured->wall,
        figures.measured->cpu, figures.measured->wall);
  }
  text += fmt::format("codecs in the flows: {:.2f} GFLOP/s, {:.1f} % of the peak\n{}\n", codec_gflops(figures),
                      100 * codec_gflops(figures) / figures.peak.gflops, peak_text(figures.peak));
  for (const auto& name : figures.operations.left_out) text += fmt::format("not counted in that: {}\n", name);
  return text + nodes_text(speed);
}

Json run_json(const RunFigures& figures) {
  const RunSpeed& speed = figures.speed;
  Json nodes = Json::array(), tasks = Json::array();
  for (const auto& node : speed.nodes) {
    nodes.push_back({{"node", node.node},
                     {"items", node.items},
                     {"batches", node.batches},
                     {"busy_seconds", node.busy_seconds},
                     {"busy_threads", node.busy_threads},
                     {"share", node.share},
                     {"wait_seconds_per_item", node.wait_seconds},
                     {"queue_most", node.queue_most}});
  }
  for (const auto& task : speed.tasks) {
    tasks.push_back(
        {{"task", task.node}, {"units", task.units}, {"wall_seconds", task.wall}, {"cpu_seconds", task.cpu}});
  }
  Json json = {{"peak", peak_json(figures.peak)},
               {"shards", speed.units},
               {"utterances", speed.items},
               {"failed", speed.failed},
               {"audio_seconds", speed.audio_seconds},
               {"audio_seconds_per_busy_second", speed.audio_seconds / speed.busy},
               {"audio_seconds_per_wall_second", speed.audio_seconds / speed.wall},
               {"codec_gflops", codec_gflops(figures)},
               {"share_of_peak", codec_gflops(figures) / figures.peak.gflops},
               {"not_counted", figures.operations.left_out},
               {"nodes", nodes},
               {"tasks", tasks}};
  if (figures.measured)
    json["run"] = {{"wall_seconds", figures.measured->wall}, {"cpu_seconds", figures.measured->cpu}};
  return json;
}

}  // namespace cfo::bench
