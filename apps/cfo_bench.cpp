// cfo-bench: how fast codecs and graphs are on this machine, beside its measured matrix-multiply peak.
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

#include "apps/program.h"
#include "apps/tables_option.h"
#include "base/installation.h"
#include "base/process/heap.h"
#include "base/process/say.h"
#include "bench/commands/commands.h"
#include "bench/fit/fit_study.h"
#include "nodes/kinds/register.h"
#include "nodes/networks/codecs/card.h"

namespace cfo::apps {
namespace {

struct Options {
  bench::Measuring measuring;
  bench::CodecRequest codec;
  std::string tables;  ///< of the codec
  bench::DetectorRequest detector;
  bench::QualityRequest quality;
  bench::LoadRequest load;
  bench::GraphRequest graph;
  std::string fit_graph;
  bench::FitRequest fit;
  std::vector<int64_t> units = {500, 5000};
};

void add_json(CLI::App& command, Options& options) { command.add_flag("--json", options.measuring.json, "Print JSON"); }

void add_device(CLI::App& command, Options& options) {
  command.add_option("--device", options.measuring.device, "cpu, cuda or cuda:INDEX")->capture_default_str();
}

void add_repeat(CLI::App& command, int& repeat) {
  command.add_option("--repeat", repeat, "Measured passes")->check(CLI::Range(1, 10000))->capture_default_str();
}

void add_seconds(CLI::App& command, double& seconds) {
  command.add_option("--seconds", seconds, "Length of each utterance in s")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
}

void add_threads(CLI::App& command, Options& options, const std::string& what) {
  command.add_option("--threads", options.measuring.threads, what)->delimiter(',')->check(CLI::Range(1, 1024));
}

CLI::App* add_codec(CLI::App& app, Options& options) {
  CLI::App* const command =
      app.add_subcommand("codec", "Speed of one codec, stage by stage, on one thread and on all cores");
  auto& codec = options.codec;
  command->add_option("NAME", codec.codec, "Codec, e.g. Encodec_6b24k")->required();
  add_seconds(*command, codec.seconds);
  add_repeat(*command, codec.repeat);
  command->add_option("--batch", codec.batch, "Utterances a call")->check(CLI::Range(1, 4096))->capture_default_str();
  add_threads(*command, options, "Utterances at the same time, e.g. 1,2,4 (default: 1 and all cores)");
  command->add_option("--tables", options.tables, "Codebooks of a fitted codec, from a run's models/ folder");
  CLI::Option* const weights_like = command->add_option(
      "--weights-like", codec.weights_like,
      "Use random weights in place of published ones. Their shapes come from the manifest.json in the folder of a "
      "golden record, or from a file like tests/full_size/lists.h5");
  command
      ->add_option("--config", codec.config,
                   "File with numbers that replace the card's, for a golden record that was made smaller, e.g. "
                   "tests/shrunk/MODEL.yaml")
      ->check(CLI::ExistingFile)
      ->needs(weights_like);
  add_json(*command, options);
  add_device(*command, options);
  return command;
}

CLI::App* add_detector(CLI::App& app, Options& options) {
  CLI::App* const command =
      app.add_subcommand("detector", "Speed of a countermeasure: scoring, and a step of its training");
  auto& detector = options.detector;
  command->add_option("NAME", detector.detector, "Countermeasure, e.g. aasist_l")->required();
  add_repeat(*command, detector.repeat);
  command->add_option("--batch", detector.batch, "Utterances in a training step")
      ->check(CLI::Range(2, 4096))
      ->capture_default_str();
  command->add_option("--samples", detector.samples, "Samples of an utterance at 16 kHz; 0: the published recipe's")
      ->check(CLI::Range(0, 960000))
      ->capture_default_str();
  add_json(*command, options);
  add_device(*command, options);
  return command;
}

CLI::App* add_quality(CLI::App& app, Options& options) {
  CLI::App* const command = app.add_subcommand("quality", "Speed of the naturalness score UTMOS");
  command
      ->add_option("--weights-like", options.quality.weights_like,
                   "Use random weights with the shapes of this golden record, e.g. tests/golden/utmos22_strong")
      ->required();
  add_seconds(*command, options.quality.seconds);
  add_repeat(*command, options.quality.repeat);
  add_json(*command, options);
  add_device(*command, options);
  return command;
}

CLI::App* add_load(CLI::App& app, Options& options) {
  CLI::App* const command =
      app.add_subcommand("load", "Time and memory to read a checkpoint, and to build a codec's network from it");
  auto& load = options.load;
  command->add_option("FILE_OR_CODEC", load.what, "Checkpoint, or the codec that --weights-like is for")->required();
  add_repeat(*command, load.repeat);
  CLI::Option* const weights_like =
      command->add_option("--weights-like", load.weights_like,
                          "Folder of a golden record: writes random weights with its shapes in three file formats, and "
                          "loads them");
  command->add_option("--keep", load.keep, "Keep the written files in this folder")->needs(weights_like);
  add_json(*command, options);
  return command;
}

CLI::App* add_graph(CLI::App& app, Options& options) {
  CLI::App* const command = app.add_subcommand(
      "graph", "Speed of a graph and how busy its nodes were: of a finished run, or of a run made now");
  auto& graph = options.graph;
  command->add_option("RUN_OR_FILE", graph.graph, "Run folder, or a graph (file or name, as for cfo-run) to run anew")
      ->required();
  command->add_option("--set", graph.set, "For a graph: key=value, as in cfo-run");
  command->add_option("-o,--output", graph.output, "For a graph: keep the run in this new folder");
  add_threads(*command, options, "Threads (default: as many as cores)");
  command->get_option("--threads")->expected(1);
  add_json(*command, options);
  add_device(*command, options);
  return command;
}

CLI::App* add_fit(CLI::App& app, Options& options) {
  CLI::App* const command = app.add_subcommand(
      "fit", "Chooses how much of a study fits a time on this machine; prints the settings for cfo-run");
  auto& fit = options.fit;
  command->add_option("GRAPH", options.fit_graph, "Graph that trains a detector: a file, or a name as for cfo-run")
      ->required();
  command->add_option("--minutes", fit.minutes, "How long the run may take")
      ->check(CLI::Range(0.1, 10000.0))
      ->capture_default_str();
  command->add_option("--set", fit.set, "key=value, as in cfo-run");
  command->add_option("-o,--output", fit.run_folder,
                      "Run folder (default: runs/NAME); a run that has begun keeps its size");
  return command;
}

CLI::App* add_units(CLI::App& app, Options& options) {
  CLI::App* const command =
      app.add_subcommand("units", "What the engine itself costs a unit of work, by the number of units of a run");
  command->add_option("--count", options.units, "Units of each run")
      ->delimiter(',')
      ->check(CLI::Range(3, 1000000))
      ->capture_default_str();
  add_threads(*command, options, "Threads (default: as many as cores)");
  command->get_option("--threads")->expected(1);
  add_json(*command, options);
  return command;
}

CLI::App* add_peak(CLI::App& app, Options& options) {
  CLI::App* const command = app.add_subcommand("peak", "Matrix-multiply peak of this machine");
  add_threads(*command, options, "Threads at the same time, e.g. 1,2,4 (default: 1 and all cores)");
  add_json(*command, options);
  add_device(*command, options);
  return command;
}

std::string bench_codec(Options& options) {
  if (options.codec.weights_like.empty())
    options.codec.tables = tables_for(codecs::find_card(options.codec.codec), options.tables);
  return bench::bench_codec(options.codec, options.measuring);
}

int bench_graph(Options& options) {
  options.graph.bars = isatty(STDERR_FILENO) != 0;
  const auto text = bench::bench_graph(options.graph, options.measuring, stop_requested());
  if (!text) return exit_interrupted;
  fmt::print("{}", *text);
  return exit_done;
}

int fit(Options& options) {
  options.fit.graph = find_graph(options.fit_graph);
  const auto answer = bench::fit(options.fit, kinds::make_registry());
  process::say(stderr, "{}\n", answer.sentence);
  for (const auto& setting : answer.settings) fmt::print("--set {}\n", setting);
  return exit_done;
}

}  // namespace
}  // namespace cfo::apps

int main(int argc, char** argv) {
  using namespace cfo::apps;
  cfo::process::share_one_heap();
  Program program(
      "cfo-bench",
      "Measures speed in audio seconds per CPU second and per wall second, and the share of the machine's peak.",
      "cfo-bench codec Encodec_6b24k --seconds 10 --threads 1,2\n"
      "cfo-bench codec mdct_rvq --tables runs/quickstart/models/mdct_rvq.tables.safetensors --json\n"
      "cfo-bench detector aasist_l\n"
      "cfo-bench quality --weights-like tests/golden/utmos22_strong\n"
      "cfo-bench load model.pt\n"
      "cfo-bench graph runs/quickstart\n"
      "cfo-bench fit quickstart --minutes 10\n"
      "cfo-bench peak\n");
  Options options;
  CLI::App& app = program.options();
  app.require_subcommand(1);
  const CLI::App* const codec = add_codec(app, options);
  const CLI::App* const detector = add_detector(app, options);
  const CLI::App* const quality = add_quality(app, options);
  const CLI::App* const load = add_load(app, options);
  const CLI::App* const graph = add_graph(app, options);
  const CLI::App* const study = add_fit(app, options);
  const CLI::App* const units = add_units(app, options);
  add_peak(app, options);
  return program.run(argc, argv, [&]() -> int {
    if (*graph) return bench_graph(options);
    if (*study) return fit(options);
    const auto text = [&] {
      if (*codec) return bench_codec(options);
      if (*detector) return cfo::bench::bench_detector(options.detector, options.measuring);
      if (*quality) return cfo::bench::bench_quality(options.quality, options.measuring);
      if (*load) return cfo::bench::bench_load(options.load, options.measuring.json);
      if (*units) return cfo::bench::bench_units(options.units, options.measuring);
      return cfo::bench::bench_peak(options.measuring);
    };
    fmt::print("{}", text());
    return exit_done;
  });
}
