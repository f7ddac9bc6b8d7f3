#include "storage/export/export.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "base/nearest.h"
#include "base/parallel.h"
#include "storage/audio/audio.h"
#include "storage/export/manifest.h"
#include "storage/run_folder/finished_files.h"
#include "storage/run_folder/layout.h"
#include "storage/shards/shard.h"
#include "storage/tables/text_lines.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

using Progress = std::function<void(std::size_t, std::size_t)>;

const std::vector<std::string> formats = {"wav", "flac"};
const std::vector<std::string> protocols = {"asvspoof", "codecfake_plus"};

/// A shard that will be exported.
struct Job {
  fs::path file;
  std::string codec, split;
  std::size_t utterances = 0;
};

struct Jobs {
  std::vector<Job> list;
  std::vector<std::string> faults;
  std::size_t utterances = 0;
};

void check_word(const char* what, const std::string& word, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), word) == known.end())
    throw Error("unknown export {} '{}'{}", what, word, suggestion(word, known));
}

bool wanted(const std::vector<std::string>& chosen, const std::string& name) {
  return chosen.empty() || std::find(chosen.begin(), chosen.end(), name) != chosen.end();
}

void check_chosen(const fs::path& run, const char* what, const std::vector<std::string>& chosen,
                  const std::set<std::string>& there) {
  const std::vector<std::string> names(there.begin(), there.end());
  for (const auto& name : chosen)
    if (!there.contains(name))
      throw Error("{}: has no shards of {} '{}'{}", run.string(), what, name, suggestion(name, names));
}

/// Text that becomes part of a file name and of a protocol line.
void check_name(const fs::path& shard, const std::string& name) {
  if (!is_field(name) || name.find('/') != std::string::npos || name.starts_with('.'))
    throw Error("{}: '{}' cannot be part of a file name; make the shard again with plain names", shard.string(), name);
}

Jobs find_jobs(const fs::path& run, const ExportOptions& options) {
  if (!fs::is_directory(run / shards_folder))
    throw Error("{}: holds no folder 'shards'; give the output folder of a cfo-run", run.string());
  Jobs jobs;
  const FinishedFiles files(run, Thoroughness::quick, core_count());
  for (const auto& damage : files.damage())
    if (damage.path.starts_with(shards_folder + std::string("/")))
      jobs.faults.push_back(damage.sentence +
                            "; it is left out: give the command of the run again, which makes it anew");
  std::set<std::string> codecs, splits;
  for (const fs::path& file : files.shards()) {
    try {
      const ShardReader shard(file);
      const auto& [codec, split] = std::tie(shard.attributes().codec, shard.attributes().split);
      check_name(file, codec);
      check_name(file, split);
      codecs.insert(codec);
      splits.insert(split);
      if (!wanted(options.codecs, codec) || !wanted(options.splits, split)) continue;
      jobs.list.push_back({file, codec, split, shard.size()});
      jobs.utterances += shard.size();
    } catch (const Error& error) {
      jobs.faults.emplace_back(error.what());
    }
  }
  if (codecs.empty() && jobs.faults.empty())
    throw Error("{}: holds no finished shards; let cfo-run make them first", run.string());
  if (!jobs.faults.empty()) return jobs;  // a codec may be missing for that reason
  check_chosen(run, "codec", options.codecs, codecs);
  check_chosen(run, "split", options.splits, splits);
  return jobs;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

/// The authors write Trad where a codec has no auxiliary objective, and decoders in capitals.
std::string taxonomy_of(const ShardAttributes& attributes) {
  const std::string auxiliary = attributes.auxiliary == "None" ? "Trad" : or_dash(attributes.auxiliary);
  return fmt::format("{} {} {}", auxiliary, or_dash(upper(attributes.decoder)), or_dash(attributes.quantizer));
}

std::string protocol_line(const ExportOptions& options, const ShardAttributes& attributes, const std::string& speaker,
                          const std::string& id, Label label) {
  const bool bona_fide = label == Label::bona_fide;
  const char* name = bona_fide ? "bonafide" : "spoof";
  if (options.protocol == "asvspoof")
    return fmt::format("{} {} - {} {}", speaker, id, bona_fide ? "-" : attributes.codec, name);
  return fmt::format("{} {} - {} {}", speaker, id, bona_fide ? "REAL REAL REAL" : taxonomy_of(attributes), name);
}

/// Longest name of a file on the file systems in use, with what is added to it while the file is written.
constexpr std::size_t longest_name = 255 - std::string_view(".partial").size();

std::string digest_of_audio(std::span<const int16_t> samples, int64_t sample_rate) {
  return Digest().field(std::to_string(sample_rate)).bytes(samples.data(), samples.size_bytes()).hex();
}

void make_folder(const fs::path& folder) {
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) throw_write_error(folder, problem.value());
}

/// One export, shard by shard.
class Exporter {
 public:
  Exporter(const fs::path& output, const ExportOptions& options, const Progress& progress, Jobs jobs)
      : output_(output), options_(options), progress_(progress), jobs_(std::move(jobs)), manifest_(output) {
    report_.faults = jobs_.faults;
  }

  ExportReport run() && {
    try {
      for (const Job& job : jobs_.list) export_shard(job);
    } catch (...) {
      manifest_.save();  // so that it goes on from here
      throw;
    }
    manifest_.save();
    for (const auto& [split, lines] : lines_) write_protocol(split, lines);
    return std::move(report_);
  }

 private:
  void export_shard(const Job& job) {
    const std::size_t done_after = done_ + job.utterances;
    if (const auto shard = readable([&] { return ShardReader(job.file); })) {
      const fs::path folder = output_ / shard->attributes().split / options_.format;
      make_folder(folder);
      for (std::size_t i = 0; i < shard->size() && export_utterance(job, *shard, i, folder); ++i) {
        ++done_;
        if (progress_) progress_(done_, jobs_.utterances);
      }
    }
    done_ = done_after;
  }

  /// False when the shard cannot be read any further.
  bool export_utterance(const Job& job, const ShardReader& shard, std::size_t index, const fs::path& folder) {
    const auto& attributes = shard.attributes();
    const Label label = shard.labels()[index];
    const std::string& utterance = shard.utterance_ids()[index];
    const std::string id = label == Label::bona_fide ? utterance : utterance + "_" + attributes.codec;
    const auto audio = readable([&] {
      check_name(job.file, shard.speaker_ids()[index]);
      check_name(job.file, id);
      return shard.audio(index);
    });
    if (!audio) return false;
    auto& lines = lines_[attributes.split];
    if (lines.contains(id)) {
      report_.faults.push_back(
          fmt::format("{}: '{}' was exported from another shard already; this one is left out", job.file.string(), id));
      return true;
    }
    const std::string name = id + "." + options_.format;
    if (name.size() > longest_name) {
      report_.faults.push_back(fmt::format("{}: '{}' is too long for the name of a file; this utterance is left out",
                                           job.file.string(), id));
      return true;
    }
    const std::string source = digest_of_audio(*audio, attributes.sample_rate);
    const fs::path file = folder / name;
    if (!manifest_.holds(file, source)) {
      write_audio(file, *audio, attributes.sample_rate);
      manifest_.add(file, source);
      ++report_.written;
    }
    lines[id] = protocol_line(options_, attributes, shard.speaker_ids()[index], id, label);
    ++report_.utterances;
    report_.seconds += shard.durations()[index];
    return true;
  }

  /// What `read` gives, or nothing and a fault.
  template <typename Read>
  auto readable(Read read) -> std::optional<decltype(read())> {
    try {
      return read();
    } catch (const Error& error) {
      report_.faults.emplace_back(error.what());
      return std::nullopt;
    }
  }

  void write_protocol(const std::string& split, const std::map<std::string, std::string>& lines) {
    std::string text;
    for (const auto& [id, line] : lines) text += line + "\n";
    const fs::path file = output_ / (split + ".txt");
    write_durably(file, text);
    report_.protocols.push_back(file.string());
  }

  fs::path output_;
  const ExportOptions& options_;
  const Progress& progress_;
  Jobs jobs_;
  Manifest manifest_;
  ExportReport report_;
  std::size_t done_ = 0;
  std::map<std::string, std::map<std::string, std::string>> lines_;  // split -> exported id -> protocol line
};

}  // namespace

ExportReport export_run(const fs::path& run, const fs::path& output, const ExportOptions& options,
                        const Progress& progress) {
  check_word("format", options.format, formats);
  check_word("protocol", options.protocol, protocols);
  return Exporter(output, options, progress, find_jobs(run, options)).run();
}

}  // namespace cfo::storage
