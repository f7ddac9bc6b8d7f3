// cfo-export: a run's shards as audio files and protocol files.
#include <unistd.h>

#include <exception>
#include <filesystem>
#include <functional>

#include "apps/program.h"
#include "base/process/progress.h"
#include "base/process/say.h"
#include "storage/export/export.h"

namespace cfo::apps {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string run, output;
  storage::ExportOptions chosen;
};

/// Thrown through the export when Ctrl-C was pressed.
struct Stopped : std::exception {};

/// A bar on a terminal, a line each tenth elsewhere.
class ExportProgress {
 public:
  ExportProgress() { bar_.begin("export", 1); }

  void operator()(std::size_t done, std::size_t total) {
    if (stop_requested()) throw Stopped();
    const double fraction = total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 1;
    bar_.fraction("export", fraction, fmt::format("{}/{} utterances", done, total));
    const auto tenth = static_cast<int>(fraction * 10);
    if (!terminal_ && tenth > tenth_ && done < total) process::say(stderr, "{}/{} utterances\n", done, total);
    tenth_ = tenth;
  }

 private:
  const bool terminal_ = isatty(STDERR_FILENO) != 0;
  process::Progress bar_{{stderr, terminal_, !terminal_}, 0, 0, 1, 0};
  int tenth_ = 0;
};

int run(const Options& options) {
  const fs::path output = options.output.empty() ? fs::path(options.run) / "export" : fs::path(options.output);
  storage::ExportReport report;
  try {
    ExportProgress progress;
    report = storage::export_run(options.run, output, options.chosen, std::ref(progress));
  } catch (const Stopped&) {
    complain("cfo-export", "interrupted; give the same command again to continue from here");
    return exit_interrupted;
  }
  for (const auto& fault : report.faults) complain("cfo-export", fault);
  fmt::print("{} utterances, {} of audio, as {} in {}\n", report.utterances, process::duration_text(report.seconds),
             options.chosen.format, output.string());
  for (const auto& protocol : report.protocols) fmt::print("protocol: {}\n", protocol);
  return report.faults.empty() ? exit_done : exit_failed;
}

}  // namespace
}  // namespace cfo::apps

int main(int argc, char** argv) {
  using namespace cfo::apps;
  Program program("cfo-export",
                  "Writes the shards of a run as audio files and protocol files that existing trainers read.",
                  "cfo-export runs/quickstart\n"
                  "cfo-export runs/quickstart --output /data/cors --format wav --protocol codecfake_plus --split "
                  "train,validation\n");
  Options options;
  CLI::App& app = program.options();
  app.add_option("RUN", options.run, "Run folder of cfo-run")->required();
  app.add_option("-o,--output", options.output, "Folder to write (default: RUN/export)");
  app.add_option("--format", options.chosen.format, "wav or flac")
      ->check(CLI::IsMember({"wav", "flac"}))
      ->capture_default_str();
  app.add_option("--protocol", options.chosen.protocol,
                 "asvspoof (speaker utterance - system label) or codecfake_plus (speaker utterance - auxiliary decoder "
                 "quantizer label)")
      ->check(CLI::IsMember({"asvspoof", "codecfake_plus"}))
      ->capture_default_str();
  app.add_option("--codec", options.chosen.codecs, "Only these codecs, e.g. bonafide,mdct_vq")->delimiter(',');
  app.add_option("--split", options.chosen.splits, "Only these splits, e.g. train,validation")->delimiter(',');
  return program.run(argc, argv, [&] { return run(options); });
}
