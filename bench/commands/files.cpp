// Commands that measure work on files: loading checkpoints, and whole graphs.
#include <fmt/format.h>

#include <filesystem>

#include "base/error.h"
#include "base/installation.h"
#include "bench/commands/machine_head.h"
#include "bench/measure/seeded_weights.h"
#include "bench/measure/temporary_folder.h"
#include "bench/speed/load_speed.h"
#include "bench/speed/run_speed.h"
#include "bench/speed/unit_speed.h"
#include "engine/graph/graph.h"
#include "engine/plan/plan.h"
#include "engine/runtime/run.h"
#include "nodes/kinds/register.h"
#include "nodes/networks/codecs/card.h"

namespace cfo::bench {
namespace fs = std::filesystem;
namespace {

std::vector<LoadSpeed> measure_made_checkpoints(const LoadRequest& request) {
  const codecs::Card& card = codecs::find_card(request.what);
  std::optional<TemporaryFolder> temporary;
  const fs::path folder = request.keep.empty() ? temporary.emplace().path() : fs::path(request.keep);
  fs::create_directories(folder);
  std::vector<LoadSpeed> speeds;
  for (const auto& file : write_seeded_checkpoints(request.weights_like, card.name, folder))
    speeds.push_back(measure_load(file, &card, request.repeat));
  return speeds;
}

/// Runs the graph from nothing. Throws Error when it does not finish.
Times run_afresh(const GraphRequest& request, const Measuring& measuring, const fs::path& folder,
                 const std::atomic<bool>& stop) {
  const auto registry = kinds::make_registry();
  const auto graph = engine::read_graph(find_graph(request.graph), registry, {.set = request.set, .only = {}});
  const auto plan = engine::make_plan(graph);
  engine::RunOptions options;
  options.folder = folder;
  options.threads = measuring.threads.empty() ? 0 : measuring.threads.front();
  options.device = measuring.device;
  options.bars = request.bars;
  const Stopwatch watch;
  const auto report = engine::run_graph(graph, plan, options, stop);
  if (!report.fatal.empty()) throw OutOfSpace(report.fatal);
  if (report.failed > 0) {
    throw Error("{}: {} units failed, so its speed says nothing; run it with cfo-run first", request.graph,
                report.failed);
  }
  return watch.read();
}

}  // namespace

std::string bench_load(const LoadRequest& request, bool json) {
  std::vector<LoadSpeed> speeds;
  if (!request.weights_like.empty()) {
    speeds = measure_made_checkpoints(request);
  } else {
    if (!fs::exists(request.what))
      throw Error("{}: no such checkpoint; a codec's name needs --weights-like FOLDER", request.what);
    speeds.push_back(measure_load(request.what, nullptr, request.repeat));
  }
  const auto machine = describe_machine();
  if (json) return json_text(machine, "cpu", load_json(speeds));
  return fmt::format("{}: the fastest of {}, from the page cache\n{}\n{}", request.what, request.repeat,
                     machine_text(machine, "cpu"), load_text(speeds));
}

std::optional<std::string> bench_graph(const GraphRequest& request, const Measuring& measuring,
                                       const std::atomic<bool>& stop) {
  const bool is_run = fs::is_directory(request.graph);
  std::optional<TemporaryFolder> temporary;
  fs::path run = is_run ? request.graph : request.output;
  if (!is_run && run.empty()) run = temporary.emplace().path();
  if (!is_run && fs::exists(run / "ledger")) {
    throw Error("{}: holds a run already; give a new folder, or let cfo-bench read that one: cfo-bench graph {}",
                run.string(), run.string());
  }
  std::optional<Times> measured;
  if (!is_run) measured = run_afresh(request, measuring, run, stop);
  if (stop) return std::nullopt;
  const auto speed = read_run_speed(run);
  const auto machine = describe_machine();
  const auto operations = operations_of(speed, run);
  const auto peak = measure_peak(measuring.threads.empty() ? machine.cores : measuring.threads.front());
  const RunFigures figures{speed, measured, operations, peak};
  if (measuring.json) {
    Json json = {{"graph", request.graph}};
    json.update(run_json(figures));
    return json_text(machine, measuring.device, json);
  }
  return fmt::format("{}\n{}\n{}", request.graph, machine_text(machine, measuring.device), run_text(figures));
}

std::string bench_units(const std::vector<int64_t>& counts, const Measuring& measuring) {
  const auto machine = describe_machine();
  const int threads = measuring.threads.empty() ? machine.cores : measuring.threads.front();
  std::string text = machine_text(machine, measuring.device);
  Json figures = {{"threads", threads}, {"runs", Json::array()}};
  text += fmt::format("\n{} threads\n{:>8} {:>12} {:>14} {:>14}\n", threads, "units", "plan s", "run ms/unit",
                      "resume ms/unit");
  for (const auto count : counts) {
    const auto speed = measure_units(static_cast<std::size_t>(count), threads);
    const auto each = [&](double seconds) { return 1000 * seconds / static_cast<double>(speed.units); };
    text += fmt::format("{:>8} {:>12.2f} {:>14.2f} {:>14.3f}\n", speed.units, speed.plan_seconds,
                        each(speed.run_seconds), each(speed.resume_seconds));
    figures["runs"].push_back({{"units", speed.units},
                               {"plan_s", speed.plan_seconds},
                               {"run_s", speed.run_seconds},
                               {"resume_s", speed.resume_seconds}});
  }
  return measuring.json ? json_text(machine, measuring.device, figures) : text;
}

}  // namespace cfo::bench
