// Corpora as people have them on disk, and the paper's split by speaker.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "storage/corpus/audio_tree.h"
#include "storage/corpus/protocol.h"
#include "storage/label.h"

namespace cfo::storage {

struct Utterance {
  /// E.g. "p225_001"; a protocol's id, or <speaker>__<id> where the protocol has the id for several speakers.
  std::string utterance_id;
  std::string speaker_id;  ///< e.g. "p225"; of CoSG protocols the generator, bona fide prompts included
  std::filesystem::path file;
  Label label = Label::bona_fide;
  std::string system;        ///< attack, codec or generator of a spoofed protocol line, "" if none
  std::uintmax_t bytes = 0;  ///< size of the file
};

struct Corpus {
  std::vector<Utterance> utterances;  ///< sorted by utterance_id, unique
  std::vector<CorpusFault> faults;
  std::vector<CorpusFault> remarks;  ///< entries that are used after a small mending ("label 'spoofs' read as spoof")
  std::string digest;                ///< SHA-256 over ids, sizes and modification times
};

struct CorpusOptions {
  /// "vctk" (finds 0.92 or 0.80 by itself), "folder" (speaker/utterance.*), "asvspoof2019" or "codecfake_plus"
  /// (protocol file + audio folder).
  std::string layout = "vctk";
  std::filesystem::path root;
  /// VCTK 0.92: "mic1" or "mic2" (a speaker without any mic2 recording, as p280 and p315, keeps mic1).
  std::string microphone = "mic1";
  std::filesystem::path protocol;  ///< for the protocol layouts
};

/// Lists a corpus without opening the audio. Missing files of a protocol are faults, not errors. Throws Error when the
/// root or protocol is missing or nothing in it fits the layout, saying what was looked for.
Corpus list_corpus(const CorpusOptions& options);

/// Split by speaker.
struct Split {
  std::vector<std::string> validation = {"p226", "p229"};  ///< paper section IV-B
  std::vector<std::string> eval = {"p227", "p228"};
};

/// "train", "validation" or "eval" for a speaker. Throws Error when a speaker stands in both lists.
std::string split_of(const Split& split, const std::string& speaker_id);
void check_disjoint(const Split& split);

}  // namespace cfo::storage
