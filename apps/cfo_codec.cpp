// cfo-codec: one codec on one audio file or on a folder of them.
#include <ATen/ATen.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "apps/program.h"
#include "base/process/heap.h"
#include "base/process/progress.h"
#include "nodes/networks/codecs/card.h"
#include "nodes/networks/codecs/codec.h"
#include "nodes/weights/store.h"
#include "storage/audio/audio.h"
#include "storage/checkpoint/checkpoint.h"

namespace cfo::apps {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string codec;
  std::string input, output;
  std::string format = "wav";
  std::string codes, tables;
  std::string device = "cpu";
  int64_t rate = 0;  ///< Hz; 0: the codec's own
  int threads = 0;   ///< 0: as many as cores
};

/// One file to do, and where it goes.
struct Job {
  fs::path input, output;
  std::string name;    ///< below the input folder, for lines and code names
  double seconds = 0;  ///< by its header; 0 where that cannot be read
};

/// What came of one file.
struct Result {
  double audio_seconds = 0, wall_seconds = 0;
  double kbps = 0;
  double snr_db = 0;
  int64_t clipped = 0;
  std::vector<at::Tensor> codes;  ///< int64 [K, F] a stream
};

std::string lower_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return extension;
}

bool is_audio_name(const fs::path& path) {
  static const std::set<std::string> known = {".wav", ".flac", ".ogg", ".mp3"};
  return known.contains(lower_extension(path));
}

double header_seconds(const fs::path& file) {
  try {
    const auto info = storage::probe_audio(file);
    return static_cast<double>(info.frames) / static_cast<double>(info.sample_rate);
  } catch (const Error&) {
    return 0;  // reading it will tell why
  }
}

/// Throws Error when `output` could not be told from `input`, or not be written as WAV or FLAC.
Job job_for_file(const Options& options) {
  const fs::path input = options.input;
  fs::path output = options.output;
  if (fs::is_directory(output)) output /= input.stem().string() + "." + options.format;
  if (const auto extension = lower_extension(output); extension != ".wav" && extension != ".flac") {
    throw Error("{}: the output must end in .wav or .flac, or be a folder that is there", output.string());
  }
  if (fs::exists(output) && fs::equivalent(input, output)) {
    throw Error("{}: input and output are the same file; give another output", input.string());
  }
  return {input, output, input.filename().string(), header_seconds(input)};
}

/// Every audio file below the input folder (but for the output folder, where that lies inside), in order, with its
/// output.
std::vector<Job> jobs_for_folder(const Options& options) {
  const fs::path input = options.input, output = options.output;
  if (fs::exists(output) && !fs::is_directory(output)) {
    throw Error("{}: is a file, but the input is a folder; give a folder for the output", output.string());
  }
  if (fs::exists(output) && fs::equivalent(input, output)) {
    throw Error("{}: input and output are the same folder; give another output", input.string());
  }
  std::vector<Job> jobs;
  for (fs::recursive_directory_iterator at(input), end; at != end; ++at) {
    const fs::path& path = at->path();
    if (at->is_directory() && fs::exists(output) && fs::equivalent(path, output)) at.disable_recursion_pending();
    if (!at->is_regular_file() || !is_audio_name(path)) continue;
    const fs::path name = path.lexically_relative(input);
    jobs.push_back({path, (output / name).replace_extension(options.format), name.string(), header_seconds(path)});
  }
  if (jobs.empty()) throw Error("{}: no .wav, .flac, .ogg or .mp3 file is in this folder", input.string());
  std::sort(jobs.begin(), jobs.end(), [](const Job& a, const Job& b) { return a.name < b.name; });
  return jobs;
}

/// Throws Error naming two inputs that would be written to one output (a.wav and a.flac).
void check_distinct(const std::vector<Job>& jobs) {
  std::map<fs::path, const Job*> by_output;
  for (const auto& job : jobs) {
    const auto [found, fresh] = by_output.emplace(job.output, &job);
    if (!fresh) {
      throw Error("{} and {} would both be written to {}; rename one of them", found->second->input.string(),
                  job.input.string(), job.output.string());
    }
  }
}

std::vector<Job> list_jobs(const Options& options) {
  if (!fs::exists(options.input)) throw Error("{}: no such file or folder; check the path", options.input);
  if (!fs::is_directory(options.input)) return {job_for_file(options)};
  auto jobs = jobs_for_folder(options);
  check_distinct(jobs);
  return jobs;
}

/// Signal-to-noise ratio in dB over the samples that both have; infinite where they are equal.
double signal_to_noise_db(const at::Tensor& reference, const at::Tensor& decoded) {
  const int64_t samples = std::min(reference.numel(), decoded.numel());
  const at::Tensor clean = reference.flatten().slice(0, 0, samples).to(at::kDouble);
  const at::Tensor noise = decoded.flatten().slice(0, 0, samples).to(at::kDouble) - clean;
  const double signal_energy = clean.square().sum().item<double>(), noise_energy = noise.square().sum().item<double>();
  if (noise_energy == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(std::max(signal_energy, std::numeric_limits<double>::min()) / noise_energy);
}

/// Bits of the codes, each taking log2 of its codebook's size.
double code_bits(const codecs::Codes& codes, const std::vector<int64_t>& codebook_sizes) {
  double bits = 0;
  std::size_t codebook = 0;
  for (const auto& stream : codes.streams) {
    for (int64_t row = 0; row < stream.size(1); ++row, ++codebook) {
      const int64_t size = codebook_sizes[std::min(codebook, codebook_sizes.size() - 1)];
      bits += static_cast<double>(stream.size(0) * stream.size(2)) * std::log2(static_cast<double>(size));
    }
  }
  return bits;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Reads, resamples, encodes, quantizes, decodes and writes one file. The time is that of the codec alone.
Result process(const codecs::Codec& codec, c10::Device device, const Job& job, int64_t output_rate) {
  const tensors::Inference inference;
  storage::Audio audio = storage::resample(storage::read_audio(job.input), codec.card().sample_rate);
  const int64_t length = static_cast<int64_t>(audio.samples.size());
  const at::Tensor wave = at::from_blob(audio.samples.data(), {1, 1, length}, at::kFloat);

  const auto start = std::chrono::steady_clock::now();
  const codecs::Codes codes = codec.quantize(codec.encode(wave.to(device)));
  const at::Tensor decoded = codec.decode(codes).to(at::kCPU, at::kFloat).contiguous().flatten();
  Result result;
  result.wall_seconds = seconds_since(start);

  if (!at::isfinite(decoded).all().item<bool>())
    throw Error("the decoded audio has NaN or infinite samples; check the weights");
  result.audio_seconds = audio.seconds();
  result.kbps = code_bits(codes, codec.codebook_sizes()) / result.audio_seconds / 1000;
  result.snr_db = signal_to_noise_db(wave, decoded);
  for (const auto& stream : codes.streams) result.codes.push_back(stream[0].to(at::kCPU).contiguous());

  const float* const first = decoded.data_ptr<float>();
  const storage::Audio out{std::vector<float>(first, first + decoded.numel()), codec.card().sample_rate};
  const auto pcm = storage::to_pcm16(storage::resample(out, output_rate).samples);
  result.clipped = pcm.clipped;
  if (job.output.has_parent_path()) fs::create_directories(job.output.parent_path());
  storage::write_audio(job.output, pcm.samples, output_rate);
  return result;
}

std::string figures(const Result& result) {
  std::string text = fmt::format("{:.2f} s, {:.3f} kbps, SNR {:.2f} dB, real-time factor {:.4f}", result.audio_seconds,
                                 result.kbps, result.snr_db, result.wall_seconds / result.audio_seconds);
  if (result.clipped > 0) text += fmt::format(", {} samples clipped", result.clipped);
  return text;
}

/// Lines on stdout, one a file, and on a terminal the bars below them.
class Console {
 public:
  explicit Console(const std::vector<Job>& jobs)
      : bars_(isatty(STDERR_FILENO) != 0 && jobs.size() > 1), total_(jobs.size()) {
    double seconds = 0;
    for (const auto& job : jobs) seconds += job.seconds;
    progress_.emplace(process::Progress::Settings{stderr, bars_, !bars_}, seconds, 0.0, jobs.size(), std::size_t{0});
  }

  void begin(const Job& job) { progress_->begin(job.name, job.seconds); }

  void done(const Job& job, const std::string& text) {
    progress_->add(job.name, job.seconds);
    end(job, stdout, fmt::format("{}: {}", job.name, text));
  }

  void failed(const Job& job, const std::string& reason) {
    progress_->failure();
    const bool names_it = reason.find(job.input.string()) != std::string::npos;
    end(job, stderr, "cfo-codec: " + (names_it ? reason : fmt::format("{}: {}", job.input.string(), reason)));
  }

 private:
  void end(const Job& job, std::FILE* stream, const std::string& line) {
    const std::scoped_lock lock(mutex_);
    ++ended_;
    progress_->end(job.name, "");
    const std::string counted = total_ > 1 && stream == stdout ? fmt::format("[{}/{}] {}", ended_, total_, line) : line;
    if (bars_ && isatty(fileno(stream)) != 0) return progress_->say(counted);
    fmt::print(stream, "{}\n", counted);
    std::fflush(stream);
  }

  const bool bars_;
  const std::size_t total_;
  std::optional<process::Progress> progress_;
  std::mutex mutex_;
  std::size_t ended_ = 0;
};

/// The results so far, filled by several threads.
struct Tally {
  std::mutex mutex;
  std::size_t done = 0, failed = 0;
  double audio_seconds = 0, bits = 0;
  TensorMap codes;
  std::exception_ptr fatal;  ///< a full disk
};

/// "codes.0" for a file; "speaker/utterance.wav/codes.0" for one of a folder.
void keep_codes(Tally& tally, const Job& job, const Result& result, bool alone) {
  for (std::size_t i = 0; i < result.codes.size(); ++i) {
    tally.codes[(alone ? "" : job.name + "/") + fmt::format("codes.{}", i)] = result.codes[i];
  }
}

/// Works through the jobs, several side by side; a file that fails is told and passed over.
class Worker {
 public:
  Worker(const Options& options, const codecs::Codec& codec, const std::vector<Job>& jobs)
      : options_(options), codec_(codec), jobs_(jobs), console_(jobs), device_(tensors::parse_device(options.device)) {}

  void run(Tally& tally) {
    const auto cores = static_cast<std::size_t>(std::max(1U, std::thread::hardware_concurrency()));
    const std::size_t wanted = options_.threads > 0 ? static_cast<std::size_t>(options_.threads) : cores;
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < std::min(wanted, jobs_.size()); ++i) {
        threads.emplace_back([this, &tally] { work(tally); });
      }
    }
    if (tally.fatal) std::rethrow_exception(tally.fatal);
  }

 private:
  void work(Tally& tally) {
    while (!stop_requested() && !halted_) {
      const std::size_t index = next_++;
      if (index >= jobs_.size()) return;
      one(jobs_[index], tally);
    }
  }

  void one(const Job& job, Tally& tally) {
    console_.begin(job);
    try {
      const Result result =
          process(codec_, device_, job, options_.rate > 0 ? options_.rate : codec_.card().sample_rate);
      console_.done(job, figures(result));
      const std::scoped_lock lock(tally.mutex);
      ++tally.done;
      tally.audio_seconds += result.audio_seconds;
      tally.bits += result.kbps * 1000 * result.audio_seconds;
      if (!options_.codes.empty())
        keep_codes(tally, job, result, jobs_.size() == 1 && !fs::is_directory(options_.input));
    } catch (const OutOfSpace&) {
      const std::scoped_lock lock(tally.mutex);
      tally.fatal = std::current_exception();
      halted_ = true;
    } catch (const std::exception& error) {
      console_.failed(job, sentence(error));
      const std::scoped_lock lock(tally.mutex);
      ++tally.failed;
    }
  }

  const Options& options_;
  const codecs::Codec& codec_;
  const std::vector<Job>& jobs_;
  Console console_;
  const c10::Device device_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> halted_ = false;
};

void write_codes(const Options& options, const codecs::Card& card, const TensorMap& codes) {
  storage::write_safetensors(options.codes, codes,
                             {{"codec", card.name},
                              {"sample_rate", std::to_string(card.sample_rate)},
                              {"frame_rate", fmt::format("{}", card.frame_rate)},
                              {"codebook_size", std::to_string(card.codebook_size)}});
}

/// The codec, with a sentence of this program's own where fitted codebooks are to be given.
std::shared_ptr<const codecs::Codec> load(const Options& options, const codecs::Card& card) {
  if (card.backend != "fitted") return weights::load_codec(card, options.device);
  if (options.tables.empty()) {
    throw Error(
        "codec '{0}' needs its fitted codebooks: give --tables RUN/models/{0}.tables.safetensors of a run that fitted "
        "it",
        card.name);
  }
  if (!fs::exists(options.tables))
    throw Error("{}: no such file; --tables wants the fitted codebooks of {}", options.tables, card.name);
  return weights::load_codec(card, options.device, fs::path(options.tables));
}

int run(const Options& options) {
  const codecs::Card& card = codecs::find_card(options.codec);
  const std::vector<Job> jobs = list_jobs(options);
  const auto codec = load(options, card);
  Tally tally;
  const auto start = std::chrono::steady_clock::now();
  Worker(options, *codec, jobs).run(tally);
  const double wall = seconds_since(start);
  if (!options.codes.empty() && !tally.codes.empty()) write_codes(options, card, tally.codes);
  if (jobs.size() > 1 && tally.done > 0) {
    fmt::print("{} of {} files, {:.1f} s of audio at {:.3f} kbps, {:.2f} audio seconds per second\n", tally.done,
               jobs.size(), tally.audio_seconds, tally.bits / tally.audio_seconds / 1000, tally.audio_seconds / wall);
  }
  if (tally.failed > 0)
    complain("cfo-codec", fmt::format("{} of {} files failed; the lines above say why", tally.failed, jobs.size()));
  if (stop_requested() && tally.done + tally.failed < jobs.size()) return exit_interrupted;
  return tally.failed > 0 ? exit_failed : exit_done;
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
  CLI::App& app = program.options();
  app.add_option("NAME", options.codec, "Codec, e.g. Encodec_6b24k")->required();
  app.add_option("IN", options.input, "Audio file (wav, flac, ogg, mp3), or a folder of them (its tree is kept)")
      ->required();
  app.add_option("OUT", options.output, "Audio file (.wav, .flac; 16 bit, mono), or a folder")->required();
  app.add_option("--rate", options.rate, "Sample rate of the output in Hz (default: the codec's own)")
      ->check(CLI::Range(1000, 384000));
  app.add_option("--format", options.format, "wav or flac, for outputs in a folder")
      ->check(CLI::IsMember({"wav", "flac"}))
      ->capture_default_str();
  app.add_option("--codes", options.codes,
                 "Keep the codes: safetensors, int64 [codebooks, frames] a stream (codes.0, ...)");
  app.add_option("--tables", options.tables, "Codebooks of a fitted codec, from a run's models/ folder");
  app.add_option("--device", options.device, "cpu, cuda or cuda:INDEX")->capture_default_str();
  app.add_option("--threads", options.threads, "Files side by side (default: as many as cores)")
      ->check(CLI::Range(1, 1024));
  return program.run(argc, argv, [&] { return run(options); });
}
