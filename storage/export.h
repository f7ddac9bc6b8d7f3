// Shards back to audio files and protocol files that existing Python trainers read.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace cfo::storage {

struct ExportOptions {
  std::string format = "flac";         ///< "wav" or "flac"
  std::string protocol = "asvspoof";   ///< "asvspoof" (speaker utterance - system label) or "codecfake_plus"
  std::vector<std::string> codecs;     ///< empty: all
  std::vector<std::string> splits;     ///< empty: all
};

struct ExportReport {
  std::size_t utterances = 0;
  double seconds = 0;
  std::vector<std::string> protocols;  ///< files written
  std::vector<std::string> faults;     ///< shards that could not be read, one sentence each
};

/// Exports every shard below RUN/shards to `output`/<split>/<utterance>.<format> (spoofed ids are <utterance>_<codec>) and one protocol file a split. Files that
/// are there already with the right size are kept, so a broken-off export goes on. `progress(done, total)` is called after each utterance.
ExportReport export_run(const std::filesystem::path& run, const std::filesystem::path& output, const ExportOptions& options,
                        const std::function<void(std::size_t, std::size_t)>& progress = {});

}  // namespace cfo::storage
