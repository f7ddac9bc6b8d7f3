// cfo-bench: how fast codecs and graphs are on this machine, beside its measured matrix-multiply peak.
#include <ATen/ATen.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <thread>

#include "apps/program.h"
#include "base/process/heap.h"
#include "bench/measure/machine.h"
#include "bench/measure/seeded_weights.h"
#include "bench/print/report.h"
#include "bench/speed/codec_speed.h"
#include "bench/speed/detector_speed.h"
#include "bench/speed/load_speed.h"
#include "bench/speed/quality_speed.h"
#include "bench/speed/run_speed.h"
#include "engine/runtime/run.h"
#include "nodes/kinds/register.h"
#include "nodes/networks/codecs/card.h"
#include "nodes/weights/store.h"

namespace cfo::apps {
namespace {

namespace fs = std::filesystem;

struct Options {
  bool json = false;
  std::string device = "cpu";
  std::vector<int> threads;
  // codec
  std::string codec, tables, weights_like, config;
  double seconds = 10;
  int repeat = 5;
  int64_t batch = 1;
  // detector
  std::string detector;
  int64_t samples = 0, training_batch = 2;
  // load
  std::string load, keep;
  // graph
  std::string graph, output;
  std::vector<std::string> set;
};

/// One thread, and all cores where there are more.
std::vector<int> threads_of(const Options& options, const bench::Machine& machine) {
  if (!options.threads.empty()) return options.threads;
  if (options.device != "cpu" || machine.cores == 1) return {1};
  return {1, machine.cores};
}

std::vector<bench::Peak> measure_peaks(const std::vector<int>& threads, c10::Device device) {
  std::vector<bench::Peak> peaks;
  for (const int count : threads) peaks.push_back(bench::measure_peak(count, 0.5, device));
  return peaks;
}

void print_json(const bench::Json& json) { fmt::print("{}\n", json.dump(2)); }

// cfo-bench peak

int run_peak(const Options& options) {
  const auto machine = bench::describe_machine();
  const auto peaks = measure_peaks(threads_of(options, machine), tensors::parse_device(options.device));
  if (options.json) {
    bench::Json json = {{"machine", machine_json(machine, options.device)}, {"peaks", bench::Json::array()}};
    for (const auto& peak : peaks) json["peaks"].push_back(peak_json(peak));
    print_json(json);
    return exit_done;
  }
  fmt::print("{}\n", machine_text(machine, options.device));
  for (const auto& peak : peaks) fmt::print("{}\n", peak_text(peak));
  return exit_done;
}

// cfo-bench codec

std::shared_ptr<const codecs::Codec> load(const Options& options, const codecs::Card& card) {
  if (!options.weights_like.empty()) {
    return bench::codec_with_seeded_weights(card, options.weights_like, tensors::parse_device(options.device));
  }
  if (card.backend != "fitted") return weights::load_codec(card, options.device);
  if (options.tables.empty()) {
    throw Error("codec '{0}' needs its fitted codebooks: give --tables RUN/models/{0}.tables.safetensors", card.name);
  }
  return weights::load_codec(card, options.device, fs::path(options.tables));
}

int run_codec(const Options& options) {
  const codecs::Card& published = codecs::find_card(options.codec);
  const codecs::Card card =
      options.config.empty() ? published : codecs::with_config(published, fs::path(options.config));
  const auto codec = load(options, card);
  const auto machine = bench::describe_machine();
  const bench::CodecSettings settings{options.seconds, options.repeat, options.batch, threads_of(options, machine),
                                      tensors::parse_device(options.device)};
  const auto single = bench::measure_peak(1, 0.5, settings.device);
  const auto peaks = measure_peaks(settings.threads, settings.device);
  const auto speed = bench::measure_codec(*codec, settings);
  const bench::CodecFigures figures{speed, single, peaks};
  if (options.json) {
    bench::Json json = {{"machine", machine_json(machine, options.device)}};
    json.update(codec_json(figures));
    print_json(json);
    return exit_done;
  }
  fmt::print("{}: {} passes of {} x {:g} s at {} Hz{}\n{}\n{}\n{}", card.name, options.repeat, options.batch,
             options.seconds, card.sample_rate, options.weights_like.empty() ? "" : ", weights of no meaning",
             machine_text(machine, options.device), peak_text(single), codec_text(figures));
  return exit_done;
}

// cfo-bench detector

int run_detector(const Options& options) {
  const auto device = tensors::parse_device(options.device);
  const auto machine = bench::describe_machine();
  const auto speed = bench::measure_detector(
      options.detector,
      {.repeat = options.repeat, .batch = options.training_batch, .samples = options.samples, .device = device});
  if (options.json) {
    bench::Json json = {{"machine", machine_json(machine, options.device)}};
    json.update(detector_json(speed));
    print_json(json);
    return exit_done;
  }
  fmt::print("{}: {} passes, {} utterances a training step, weights of no meaning\n{}\n\n{}", speed.detector,
             options.repeat, options.training_batch, machine_text(machine, options.device), detector_text(speed));
  return exit_done;
}

// cfo-bench quality

int run_quality(const Options& options) {
  const auto machine = bench::describe_machine();
  const auto times = bench::measure_quality(
      options.weights_like,
      {.seconds = options.seconds, .repeat = options.repeat, .device = tensors::parse_device(options.device)});
  if (options.json) {
    bench::Json json = {{"machine", machine_json(machine, options.device)}};
    json.update(bench::quality_json(options.seconds, times));
    print_json(json);
    return exit_done;
  }
  fmt::print("UTMOS: {} passes of {:g} s, weights of no meaning\n{}\n\n{}", options.repeat, options.seconds,
             machine_text(machine, options.device), bench::quality_text(options.seconds, times));
  return exit_done;
}

/// A folder of its own, removed when it goes.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(fs::temp_directory_path() / fmt::format("cfo-bench-{}", ::getpid())) {
    fs::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// cfo-bench load

int run_load(const Options& options) {
  std::vector<bench::LoadSpeed> speeds;
  if (options.weights_like.empty()) {
    if (!fs::exists(options.load))
      throw Error("{}: no such checkpoint; a codec's name needs --weights-like FOLDER", options.load);
    speeds.push_back(bench::measure_load(options.load, nullptr, options.repeat));
  } else {
    const codecs::Card& card = codecs::find_card(options.load);
    std::optional<TemporaryFolder> temporary;
    const fs::path folder = options.keep.empty() ? temporary.emplace().path() : fs::path(options.keep);
    fs::create_directories(folder);
    for (const auto& file : bench::write_seeded_checkpoints(options.weights_like, card.name, folder))
      speeds.push_back(bench::measure_load(file, &card, options.repeat));
  }
  const auto machine = bench::describe_machine();
  if (options.json) {
    bench::Json json = {{"machine", machine_json(machine, "cpu")}};
    json.update(load_json(speeds));
    print_json(json);
    return exit_done;
  }
  fmt::print("{}: the fastest of {}, from the page cache\n{}\n{}", options.load, options.repeat,
             machine_text(machine, "cpu"), load_text(speeds));
  return exit_done;
}

// cfo-bench graph

/// Runs the graph from nothing. Throws Error when it does not finish.
bench::Times run_afresh(const Options& options, const fs::path& folder) {
  const auto registry = kinds::make_registry();
  const auto graph = engine::read_graph(options.graph, registry, {.set = options.set, .only = {}});
  const auto plan = engine::make_plan(graph);
  engine::RunOptions run_options;
  run_options.folder = folder;
  run_options.threads = options.threads.empty() ? 0 : options.threads.front();
  run_options.device = options.device;
  run_options.bars = isatty(STDERR_FILENO) != 0;
  const bench::Stopwatch watch;
  const auto report = engine::run_graph(graph, plan, run_options, stop_requested());
  if (!report.fatal.empty()) throw OutOfSpace(report.fatal);
  if (report.failed > 0)
    throw Error("{}: {} units failed, so its speed tells nothing; run it with cfo-run first", options.graph,
                report.failed);
  return watch.read();
}

int run_graph(const Options& options) {
  if (!fs::exists(options.graph)) throw Error("{}: no such run folder or graph file; check the path", options.graph);
  const bool is_run = fs::is_directory(options.graph);
  std::optional<TemporaryFolder> temporary;
  fs::path run = is_run ? options.graph : options.output;
  if (!is_run && run.empty()) run = temporary.emplace().path();
  if (!is_run && fs::exists(run / "ledger")) {
    throw Error("{}: holds a run already; give a new folder, or let cfo-bench read that one: cfo-bench graph {}",
                run.string(), run.string());
  }
  std::optional<bench::Times> measured;
  if (!is_run) measured = run_afresh(options, run);
  if (stop_requested()) return exit_interrupted;
  const auto speed = bench::read_run_speed(run);
  const auto machine = bench::describe_machine();
  const auto operations = bench::operations_of(speed, run);
  const auto peak = bench::measure_peak(options.threads.empty() ? machine.cores : options.threads.front());
  const bench::RunFigures figures{speed, measured, operations, peak};
  if (options.json) {
    bench::Json json = {{"machine", machine_json(machine, options.device)}, {"graph", options.graph}};
    json.update(run_json(figures));
    print_json(json);
    return exit_done;
  }
  fmt::print("{}\n{}\n{}", options.graph, machine_text(machine, options.device), run_text(figures));
  return exit_done;
}

void add_common(CLI::App& command, Options& options) {
  command.add_flag("--json", options.json, "Print JSON");
  command.add_option("--device", options.device, "cpu, cuda or cuda:INDEX")->capture_default_str();
}

void add_codec(CLI::App& app, Options& options) {
  CLI::App& command =
      *app.add_subcommand("codec", "Speed of one codec, stage by stage, on one thread and on all cores");
  command.add_option("NAME", options.codec, "Codec, e.g. Encodec_6b24k")->required();
  command.add_option("--seconds", options.seconds, "Length of each utterance in s")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  command.add_option("--repeat", options.repeat, "Measured passes")->check(CLI::Range(1, 10000))->capture_default_str();
  command.add_option("--batch", options.batch, "Utterances a call")->check(CLI::Range(1, 4096))->capture_default_str();
  command.add_option("--threads", options.threads, "Utterances side by side, e.g. 1,2,4 (default: 1 and all cores)")
      ->delimiter(',')
      ->check(CLI::Range(1, 1024));
  command.add_option("--tables", options.tables, "Codebooks of a fitted codec, from a run's models/ folder");
  CLI::Option* weights_like = command.add_option(
      "--weights-like", options.weights_like,
      "Weights of no meaning with the shapes that the manifest.json of a golden record's folder lists, or "
      "that a file as tests/full_size/lists.h5 does");
  command
      .add_option("--config", options.config,
                  "Numbers of a record that was made smaller, in place of the card's, e.g. tests/shrunk/MODEL.yaml")
      ->check(CLI::ExistingFile)
      ->needs(weights_like);
  add_common(command, options);
}

void add_detector(CLI::App& app, Options& options) {
  CLI::App& command = *app.add_subcommand("detector", "Speed of a countermeasure: scoring, and a step of its training");
  command.add_option("NAME", options.detector, "Countermeasure, e.g. aasist_l")->required();
  command.add_option("--repeat", options.repeat, "Measured passes")->check(CLI::Range(1, 10000))->capture_default_str();
  command.add_option("--batch", options.training_batch, "Utterances a training step")
      ->check(CLI::Range(2, 4096))
      ->capture_default_str();
  command.add_option("--samples", options.samples, "Samples of an utterance at 16 kHz; 0: the published recipe's")
      ->check(CLI::Range(0, 960000))
      ->capture_default_str();
  add_common(command, options);
}

void add_quality(CLI::App& app, Options& options) {
  CLI::App& command = *app.add_subcommand("quality", "Speed of the naturalness score UTMOS");
  command
      .add_option("--weights-like", options.weights_like,
                  "Folder of its golden record: weights of no meaning, e.g. tests/golden/utmos22_strong")
      ->required();
  command.add_option("--seconds", options.seconds, "Length of the utterance in s")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  command.add_option("--repeat", options.repeat, "Measured passes")->check(CLI::Range(1, 10000))->capture_default_str();
  add_common(command, options);
}

void add_load(CLI::App& app, Options& options) {
  CLI::App& command =
      *app.add_subcommand("load", "Time and memory to read a checkpoint, and to build a codec's network from it");
  command.add_option("FILE_OR_CODEC", options.load, "Checkpoint, or the codec that --weights-like is for")->required();
  command.add_option("--repeat", options.repeat, "Measured passes")->check(CLI::Range(1, 10000))->capture_default_str();
  CLI::Option* weights_like = command.add_option(
      "--weights-like", options.weights_like,
      "Folder of a golden record: writes weights of no meaning with its shapes, in three containers, and loads them");
  command.add_option("--keep", options.keep, "Keep the written files in this folder")->needs(weights_like);
  command.add_flag("--json", options.json, "Print JSON");
}

void add_graph(CLI::App& app, Options& options) {
  CLI::App& command = *app.add_subcommand(
      "graph", "Speed of a graph and what its nodes did, of a run that was made or of one made now");
  command.add_option("RUN_OR_FILE", options.graph, "Run folder, or graph file to run from nothing")->required();
  command.add_option("--set", options.set, "For a graph file: key=value, as in cfo-run");
  command.add_option("-o,--output", options.output, "For a graph file: keep the run in this new folder");
  command.add_option("--threads", options.threads, "Threads (default: as many as cores)")
      ->expected(1)
      ->check(CLI::Range(1, 1024));
  add_common(command, options);
}

void add_peak(CLI::App& app, Options& options) {
  CLI::App& command = *app.add_subcommand("peak", "Matrix-multiply peak of this machine");
  command.add_option("--threads", options.threads, "Threads side by side, e.g. 1,2,4 (default: 1 and all cores)")
      ->delimiter(',')
      ->check(CLI::Range(1, 1024));
  add_common(command, options);
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
      "cfo-bench peak\n");
  Options options;
  CLI::App& app = program.options();
  app.require_subcommand(1);
  add_codec(app, options);
  add_detector(app, options);
  add_quality(app, options);
  add_load(app, options);
  add_graph(app, options);
  add_peak(app, options);
  return program.run(argc, argv, [&] {
    if (app.got_subcommand("codec")) return run_codec(options);
    if (app.got_subcommand("detector")) return run_detector(options);
    if (app.got_subcommand("quality")) return run_quality(options);
    if (app.got_subcommand("load")) return run_load(options);
    return app.got_subcommand("graph") ? run_graph(options) : run_peak(options);
  });
}
