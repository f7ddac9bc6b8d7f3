// Shards back to audio files and protocol files that existing Python trainers read.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace cfo::storage {

struct ExportOptions {
  std::string format = "flac";        ///< "wav" or "flac"
  std::string protocol = "asvspoof";  ///< "asvspoof" or "codecfake_plus"
  std::vector<std::string> codecs;    ///< empty: all; "bonafide" is bona fide speech
  std::vector<std::string> splits;    ///< empty: all
};

struct ExportReport {
  std::size_t utterances = 0;
  std::size_t written = 0;  ///< of them; the others were there already, as they are now
  double seconds = 0;
  std::vector<std::string> protocols;  ///< files written
  std::vector<std::string> faults;     ///< what could not be exported, one sentence each
};

/// Exports every shard below RUN/shards. With format flac, `output` then holds
///
///     train/flac/p225_001.flac                 bona fide speech
///     train/flac/p225_001_Encodec_6b24k.flac   spoofed speech: <utterance>_<codec>
///     train.txt                                the protocol, one line an utterance, sorted by utterance
///
/// and the same for each split: `train` is the base folder and `train.txt` the list that loaders of ASVspoof 2019 LA
/// take (clovaai/aasist, TakHemlata/SSL_Anti-spoofing: base_dir / "flac" / (key + ".flac")). A protocol line is
///
///     p225 p225_001_Encodec_6b24k - Encodec_6b24k spoof      asvspoof (ASVspoof 2019 LA; system "-" for bona fide)
///     p225 p225_001_Encodec_6b24k - Trad TIME MVQ spoof      codecfake_plus (the authors' train, dev and test lists)
///     p225 p225_001 - REAL REAL REAL bonafide
///
/// Audio files that an earlier export wrote from the same samples, and that hold what it wrote, are kept (the file
/// `manifest.tsv` tells), so an export that was broken off goes on; all others are written anew. Damaged shards, and
/// utterances whose names are too long for a file, are left out and told. Protocols are written last. `progress(done,
/// total)` is called after each utterance and may throw to stop. Throws Error for a folder without shards or an unknown
/// format, protocol, codec or split, and OutOfSpace.
ExportReport export_run(const std::filesystem::path& run, const std::filesystem::path& output,
                        const ExportOptions& options,
                        const std::function<void(std::size_t, std::size_t)>& progress = {});

}  // namespace cfo::storage
