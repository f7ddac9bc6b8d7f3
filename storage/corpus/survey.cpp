#include "storage/corpus/survey.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "base/error.h"
#include "base/parallel.h"
#include "storage/audio/audio.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

/// What one header tells.
struct Header {
  AudioInfo info;
  std::string fault;
};

Header header_of(const Utterance& utterance) {
  try {
    return {probe_audio(utterance.file), ""};
  } catch (const Error& error) {
    return {{}, error.what()};
  }
}

std::vector<Header> read_headers(const std::vector<Utterance>& utterances, int threads,
                                 const std::function<void(double fraction)>& progress) {
  std::vector<Header> headers(utterances.size());
  in_parallel(
      headers.size(), threads, [&](std::size_t i) { headers[i] = header_of(utterances[i]); },
      [&](std::size_t done) {
        if (progress) progress(static_cast<double>(done) / static_cast<double>(headers.size()));
      });
  return headers;
}

std::string format_of(const fs::path& file) {
  std::string extension = file.extension().string();
  if (extension.starts_with('.')) extension.erase(0, 1);
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return extension;
}

/// Adds up what the files tell.
class Counter {
 public:
  Counter(Survey& survey, const Split& split) : survey_(survey), split_(split) {
    for (const char* name : {"train", "validation", "eval"}) splits_[name].split = name;
  }

  void add(const Utterance& utterance, const AudioInfo& info, double seconds) {
    ++survey_.utterances;
    survey_.spoofed += utterance.label == Label::spoof ? 1 : 0;
    survey_.bytes += static_cast<double>(utterance.bytes);
    survey_.seconds += seconds;
    ++survey_.rates[info.sample_rate];
    ++survey_.channels[info.channels];
    ++survey_.formats[format_of(utterance.file)];
    if (!info.frames) {
      ++survey_.without_length;
    } else {
      if (survey_.shortest.utterance_id.empty() || seconds < survey_.shortest.seconds)
        survey_.shortest = {utterance.utterance_id, seconds};
      if (seconds > survey_.longest.seconds) survey_.longest = {utterance.utterance_id, seconds};
    }
    auto& split = splits_[split_of(split_, utterance.speaker_id)];
    ++split.utterances;
    split.seconds += seconds;
    speakers_[split.split].insert(utterance.speaker_id);
  }

  void finish() {
    for (const char* name : {"train", "validation", "eval"}) {
      auto& split = splits_[name];
      split.speakers.assign(speakers_[name].begin(), speakers_[name].end());
      survey_.speakers += split.speakers.size();
      survey_.splits.push_back(std::move(split));
    }
  }

 private:
  Survey& survey_;
  const Split& split_;
  std::map<std::string, SurveyedSplit> splits_;
  std::map<std::string, std::set<std::string>> speakers_;
};

}  // namespace

std::string guess_layout(const fs::path& root) {
  std::string reasons;
  for (const char* layout : {"vctk", "folder"}) {
    try {
      list_corpus({.layout = layout, .root = root, .microphone = "mic1", .protocol = {}});
      return layout;
    } catch (const Error& error) {
      reasons += fmt::format("\n  {}: {}", layout, error.what());
    }
  }
  throw Error("{}: no layout fits what lies there; give --layout, and --protocol where there is one{}", root.string(),
              reasons);
}

Survey survey_corpus(const CorpusOptions& options, const Split& split, int threads,
                     const std::function<void(double fraction)>& progress) {
  Corpus corpus = list_corpus(options);
  Survey survey;
  survey.options = options;
  survey.left_out = std::move(corpus.faults);
  survey.remarks = std::move(corpus.remarks);
  const auto headers = read_headers(corpus.utterances, threads, progress);
  double known_bytes = 0, known_seconds = 0;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (!headers[i].info.frames) continue;
    known_bytes += static_cast<double>(corpus.utterances[i].bytes);
    known_seconds += headers[i].info.seconds().value_or(0);
  }
  Counter counter(survey, split);
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto& utterance = corpus.utterances[i];
    if (!headers[i].fault.empty()) {
      survey.left_out.push_back({utterance.utterance_id, headers[i].fault});
      continue;
    }
    const double by_bytes = known_bytes > 0 ? static_cast<double>(utterance.bytes) * known_seconds / known_bytes : 0.0;
    counter.add(utterance, headers[i].info, headers[i].info.seconds().value_or(by_bytes));
  }
  counter.finish();
  return survey;
}

}  // namespace cfo::storage
