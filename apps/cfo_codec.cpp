// cfo-codec: one codec on one audio file or on a folder of them.
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <mutex>
#include <vector>

#include "apps/program.h"
#include "apps/tables_option.h"
#include "base/process/heap.h"
#include "base/process/progress.h"
#include "base/tensor_map.h"
#include "base/text.h"
#include "nodes/networks/codecs/card.h"
#include "nodes/recode/recode.h"
#include "storage/checkpoint/checkpoint.h"

namespace cfo::apps {
namespace {

namespace fs = std::filesystem;
using recode::FileJob;
using recode::Recoded;

struct Options {
  std::string input, output;
  std::string format = "wav";
  std::string codes, tables;
  recode::Settings settings;
};

std::string figures(const Recoded& result) {
  std::string text = fmt::format("{:.2f} s, {:.3f} kbps, SNR {:.2f} dB, real-time factor {:.4f}", result.audio_seconds,
                                 result.bits / result.audio_seconds / 1000, result.snr_db,
                                 result.codec_seconds / result.audio_seconds);
  if (result.clipped > 0) text += fmt::format(", {} samples clipped", result.clipped);
  return text;
}

double seconds_of(const std::vector<FileJob>& jobs) {
  double seconds = 0;
  for (const auto& job : jobs) seconds += job.seconds;
  return seconds;
}

/// Lines on stdout, one a file, and on a terminal the bars below them.
class Console {
 public:
  explicit Console(const std::vector<FileJob>& jobs)
      : bars_(isatty(STDERR_FILENO) != 0 && jobs.size() > 1),
        total_(jobs.size()),
        progress_({stderr, bars_, !bars_}, seconds_of(jobs), 0.0, jobs.size(), 0) {}

  void began(const FileJob& job) { progress_.begin(job.name, job.seconds); }

  void done(const FileJob& job, const Recoded& result) {
    progress_.add(job.name, job.seconds);
    end(job, stdout, fmt::format("{}: {}", job.name, figures(result)));
  }

  void failed(const FileJob& job, const std::string& reason) {
    progress_.failure();
    const bool names_it = reason.find(job.input.string()) != std::string::npos;
    end(job, stderr, "cfo-codec: " + (names_it ? reason : fmt::format("{}: {}", job.input.string(), reason)));
  }

 private:
  void end(const FileJob& job, std::FILE* stream, const std::string& line) {
    ++ended_;
    progress_.end(job.name, "");
    const std::string counted = total_ > 1 && stream == stdout ? fmt::format("[{}/{}] {}", ended_, total_, line) : line;
    if (bars_ && isatty(fileno(stream)) != 0) return progress_.say(counted);
    fmt::print(stream, "{}\n", counted);
    std::fflush(stream);
  }

  const bool bars_;
  const std::size_t total_;
  process::Progress progress_;
  std::size_t ended_ = 0;
};

/// The results so far.
struct Tally {
  std::size_t done = 0, failed = 0;
  double audio_seconds = 0, bits = 0;
  TensorMap codes;

  /// Codes are called "codes.0" for a single file, "speaker/utterance.wav/codes.0" for one of a folder.
  void add(const Recoded& result, const std::string& prefix, bool keep_codes) {
    ++done;
    audio_seconds += result.audio_seconds;
    bits += result.bits;
    for (std::size_t i = 0; keep_codes && i < result.codes.size(); ++i)
      codes[prefix + fmt::format("codes.{}", i)] = result.codes[i];
  }
};

Tally recode_all(const Options& options, const std::vector<FileJob>& jobs) {
  Console console(jobs);
  Tally tally;
  const bool in_folder = fs::is_directory(options.input);
  const recode::Hooks hooks{.began = [&](const FileJob& job) { console.began(job); },
                            .done =
                                [&](const FileJob& job, const Recoded& result) {
                                  console.done(job, result);
                                  tally.add(result, in_folder ? job.name + "/" : "", !options.codes.empty());
                                },
                            .failed =
                                [&](const FileJob& job, const std::string& reason) {
                                  console.failed(job, reason);
                                  ++tally.failed;
                                },
                            .remarked =
                                [](const FileJob& job, const std::string& remark) {
                                  complain("cfo-codec", fmt::format("{}: {}", job.input.string(), remark));
                                }};
  recode::recode(jobs, options.settings, stop_requested(), hooks);
  return tally;
}

void write_codes(const std::string& file, const codecs::Card& card, const TensorMap& codes) {
  if (file.empty() || codes.empty()) return;
  storage::write_safetensors(file, codes,
                             {{"codec", card.name},
                              {"sample_rate", std::to_string(card.sample_rate)},
                              {"frame_rate", fmt::format("{}", card.frame_rate)},
                              {"codebook_size", std::to_string(card.codebook_size)}});
}

int run(Options options) {
  const codecs::Card& card = codecs::find_card(options.settings.codec);
  const auto [jobs, left_out] = recode::list_jobs(options.input, options.output, options.format);
  for (const auto& sentence : left_out) complain("cfo-codec", sentence);
  options.settings.tables = tables_for(card, options.tables);
  const auto start = std::chrono::steady_clock::now();
  const Tally tally = recode_all(options, jobs);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  write_codes(options.codes, card, tally.codes);
  if (jobs.size() > 1 && tally.done > 0) {
    fmt::print("{} of {} files, {:.1f} s of audio at {:.3f} kbps, {:.2f} audio seconds per second\n", tally.done,
               jobs.size(), tally.audio_seconds, tally.bits / tally.audio_seconds / 1000,
               tally.audio_seconds / wall.count());
  }
  if (tally.failed > 0)
    complain("cfo-codec", fmt::format("{} of {} files failed; the lines above say why", tally.failed, jobs.size()));
  if (stop_requested() && tally.done + tally.failed < jobs.size()) return exit_interrupted;
  if (!left_out.empty())
    complain("cfo-codec",
             fmt::format("left out: {}; the first lines say what", counted(left_out.size(), "entry", "entries")));
  return tally.failed > 0 || !left_out.empty() ? exit_failed : exit_done;
}

}  // namespace
}  // namespace cfo::apps

int main(int argc, char** argv) {
  cfo::process::share_one_heap();
  using namespace cfo::apps;
  Program program("cfo-codec", "Passes speech through one codec: encode, quantize, decode, write.",
                  "cfo-codec Encodec_6b24k in.wav out.wav --codes codes.safetensors\n"
                  "cfo-codec mdct_rvq data/demo/wav48_silence_trimmed out --rate 16000 "
                  "--tables runs/quickstart/models/mdct_rvq.tables.safetensors\n"
                  "cfo-inspect codecs   lists the codecs\n");
  Options options;
  auto& settings = options.settings;
  CLI::App& app = program.options();
  app.add_option("NAME", settings.codec, "Codec, e.g. Encodec_6b24k")->required();
  app.add_option("IN", options.input, "Audio file (wav, flac, ogg, mp3), or a folder; its tree is kept in the output")
      ->required();
  app.add_option("OUT", options.output, "Audio file to write (.wav or .flac; 16 bit, mono), or a folder")->required();
  app.add_option("--rate", settings.rate, "Sample rate of the output in Hz (default: the codec's own)")
      ->check(CLI::Range(1000, 384000));
  app.add_option("--format", options.format, "wav or flac, for outputs in a folder")
      ->check(CLI::IsMember({"wav", "flac"}))
      ->capture_default_str();
  app.add_option("--codes", options.codes,
                 "Write the codes to this file: safetensors, int64 [codebooks, frames] for each stream (codes.0, ...)");
  app.add_option("--tables", options.tables, "Codebooks of a fitted codec, from a run's models/ folder");
  app.add_option("--device", settings.device, "cpu, cuda or cuda:INDEX")->capture_default_str();
  app.add_option("--threads", settings.threads, "Files to work on at the same time (default: as many as cores)")
      ->check(CLI::Range(1, 1024));
  return program.run(argc, argv, [&] { return run(options); });
}
