// What a corpus holds, read from the headers of its files, before a night is spent on it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "storage/corpus/corpus.h"

namespace cfo::storage {

struct SurveyedSplit {
  std::string split;  ///< train, validation, eval
  std::vector<std::string> speakers;
  std::size_t utterances = 0;
  double seconds = 0;
};

struct Survey {
  CorpusOptions options;
  std::size_t utterances = 0, speakers = 0, spoofed = 0;
  double seconds = 0;  ///< of audio; estimated from bytes where a header does not tell
  double bytes = 0;
  std::size_t without_length = 0;  ///< files whose headers do not tell how long they are
  std::map<int64_t, std::size_t> rates;
  std::map<int, std::size_t> channels;
  std::map<std::string, std::size_t> formats;  ///< by extension, in small letters
  struct Extreme {
    std::string utterance_id;
    double seconds = 0;
  };
  Extreme shortest, longest;
  std::vector<SurveyedSplit> splits;
  std::vector<CorpusFault> left_out;  ///< what lies there and cannot be used
  std::vector<CorpusFault> remarks;   ///< what is used after a small mending
};

/// The layout that fits what lies below `root`: "vctk" or "folder"; those with a protocol are not guessed. Throws Error
/// when neither fits, saying what was looked for.
std::string guess_layout(const std::filesystem::path& root);

/// Lists the corpus and reads every header, by several threads. `progress` hears the share that is done and may throw
/// to stop. Throws Error as list_corpus does.
Survey survey_corpus(const CorpusOptions& options, const Split& split, int threads,
                     const std::function<void(double fraction)>& progress = {});

}  // namespace cfo::storage
