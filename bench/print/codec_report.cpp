#include <fmt/format.h>

#include <iterator>

#include "bench/print/report.h"

namespace cfo::bench {
namespace {

double gigaflops(double flops, const Times& times) { return flops / times.wall / 1e9; }

/// A table line's figures.
struct StageFigures {
  double per_cpu, per_wall;  ///< audio seconds per second
  double operations;         ///< GFLOP per audio second
  double gflops, share;
};

StageFigures figures_of(const StageSpeed& stage, const CodecFigures& all) {
  const double audio = all.speed.audio_seconds, flops = stage.operations.flops(),
               gflops = gigaflops(flops, stage.times);
  return {audio / stage.times.cpu, audio / stage.times.wall, flops / audio / 1e9, gflops, gflops / all.single.gflops};
}

StageFigures figures_of(const ScalingPoint& point, const Peak& peak, const CodecSpeed& speed) {
  const double operations = speed.flops_per_audio_second() / 1e9, per_wall = point.audio_seconds / point.times.wall;
  return {point.audio_seconds / point.times.cpu, per_wall, operations, operations * per_wall,
          operations * per_wall / peak.gflops};
}

}  // namespace

std::string machine_text(const Machine& machine, const std::string& device) {
  return fmt::format("{}, {} cores, libtorch {} ({}), device {}", machine.processor, machine.cores, machine.libtorch,
                     machine.instructions, device);
}

Json machine_json(const Machine& machine, const std::string& device) {
  return {{"processor", machine.processor},
          {"cores", machine.cores},
          {"libtorch", machine.libtorch},
          {"instructions", machine.instructions},
          {"device", device}};
}

std::string peak_text(const Peak& peak) {
  return fmt::format("matrix-multiply peak, {} thread{}: {:.1f} GFLOP/s (float32 at::mm, {} x {})", peak.threads,
                     peak.threads == 1 ? "" : "s", peak.gflops, peak.size, peak.size);
}

Json peak_json(const Peak& peak) { return {{"threads", peak.threads}, {"gflops", peak.gflops}, {"size", peak.size}}; }

std::string codec_text(const CodecFigures& figures) {
  std::string text;
  const auto out = std::back_inserter(text);
  const double total = figures.speed.stages.back().times.wall;
  fmt::format_to(out, "\n{:<10}{:>10}{:>9}{:>17}{:>18}{:>15}{:>10}{:>11}\n", "stage", "wall ms", "share",
                 "audio s / CPU s", "audio s / wall s", "GFLOP/audio s", "GFLOP/s", "% of peak");
  for (const auto& stage : figures.speed.stages) {
    const auto f = figures_of(stage, figures);
    fmt::format_to(out, "{:<10}{:>10.1f}{:>7.1f} %{:>17.2f}{:>18.2f}{:>15.3f}{:>10.2f}{:>11.1f}\n", stage.name,
                   1000 * stage.times.wall, 100 * stage.times.wall / total, f.per_cpu, f.per_wall, f.operations,
                   f.gflops, 100 * f.share);
  }
  fmt::format_to(out, "\nslowest layers\n");
  for (const auto& layer : figures.speed.slowest)
    fmt::format_to(out, "{:>9.1f} %  {}\n", 100 * layer.share, layer.layer);
  if (figures.speed.scaling.empty()) return text;
  fmt::format_to(out, "\n{:<10}{:>17}{:>18}{:>10}{:>11}{:>10}\n", "threads", "audio s / CPU s", "audio s / wall s",
                 "GFLOP/s", "% of peak", "speed-up");
  const double first = figures.speed.scaling.front().audio_seconds / figures.speed.scaling.front().times.wall;
  for (std::size_t i = 0; i < figures.speed.scaling.size(); ++i) {
    const auto f = figures_of(figures.speed.scaling[i], figures.peaks[i], figures.speed);
    fmt::format_to(out, "{:<10}{:>17.2f}{:>18.2f}{:>10.2f}{:>11.1f}{:>10.2f}\n", figures.speed.scaling[i].threads,
                   f.per_cpu, f.per_wall, f.gflops, 100 * f.share, f.per_wall / first);
  }
  return text;
}

Json codec_json(const CodecFigures& figures) {
  Json stages = Json::array(), scaling = Json::array(), slowest = Json::array();
  for (const auto& layer : figures.speed.slowest) {
    slowest.push_back({{"layer", layer.layer}, {"wall_seconds", layer.seconds}, {"share", layer.share}});
  }
  for (const auto& stage : figures.speed.stages) {
    const auto f = figures_of(stage, figures);
    stages.push_back({{"stage", stage.name},
                      {"wall_seconds", stage.times.wall},
                      {"cpu_seconds", stage.times.cpu},
                      {"audio_seconds_per_cpu_second", f.per_cpu},
                      {"audio_seconds_per_wall_second", f.per_wall},
                      {"convolution_multiply_adds", stage.operations.convolution},
                      {"matrix_multiply_adds", stage.operations.matrix},
                      {"gflops", f.gflops},
                      {"share_of_peak", f.share}});
  }
  for (std::size_t i = 0; i < figures.speed.scaling.size(); ++i) {
    const auto f = figures_of(figures.speed.scaling[i], figures.peaks[i], figures.speed);
    scaling.push_back({{"threads", figures.speed.scaling[i].threads},
                       {"audio_seconds_per_cpu_second", f.per_cpu},
                       {"audio_seconds_per_wall_second", f.per_wall},
                       {"gflops", f.gflops},
                       {"share_of_peak", f.share}});
  }
  return {{"codec", figures.speed.codec},      {"audio_seconds_per_pass", figures.speed.audio_seconds},
          {"peak", peak_json(figures.single)}, {"stages", stages},
          {"slowest_layers", slowest},         {"scaling", scaling}};
}

}  // namespace cfo::bench
