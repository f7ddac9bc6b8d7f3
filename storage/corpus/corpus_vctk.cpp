// VCTK as it is published: 0.92 (two microphones, trimmed FLAC) and 0.80 (one WAV an utterance).
#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "base/error.h"
#include "storage/corpus/corpus_files.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

constexpr const char* folder_092 = "wav48_silence_trimmed";
constexpr const char* folder_080 = "wav48";
constexpr std::array<std::string_view, 2> microphones = {"mic1", "mic2"};

struct Release {
  fs::path audio;  ///< the folder of the speakers
  bool two_microphones = false;
};

/// The audio folder: root itself, in root, or in a folder of root (as the published archives unpack).
Release find_release(const fs::path& root) {
  std::vector<fs::path> places = {root};
  for (const fs::path& folder : AudioWalker(root).folders_in(root)) places.push_back(folder);
  for (const char* name : {folder_092, folder_080}) {
    const bool two = name == folder_092;
    if (fs::weakly_canonical(root).filename() == name) return {root, two};
    for (const fs::path& place : places) {
      std::error_code problem;
      if (fs::is_directory(place / name, problem)) return {place / name, two};
    }
  }
  throw Error(
      "{}: not a VCTK corpus: neither {}/pXXX/pXXX_NNN_mic1.flac (0.92) nor {}/pXXX/pXXX_NNN.wav (0.80) is there",
      root.string(), folder_092, folder_080);
}

/// "p225_001_mic1" as "p225_001" and "mic1"; a name without a microphone has "".
struct Recording {
  std::string utterance;
  std::string_view microphone;
};
Recording recording_of(const fs::path& file) {
  const std::string stem = file.stem().string();
  for (const std::string_view microphone : microphones)
    if (stem.size() > microphone.size() + 1 && stem.ends_with(microphone) &&
        stem[stem.size() - microphone.size() - 1] == '_')
      return {stem.substr(0, stem.size() - microphone.size() - 1), microphone};
  return {stem, ""};
}

/// The recordings of a speaker, by microphone.
std::map<std::string_view, std::vector<AudioFile>> by_microphone(const std::vector<AudioFile>& files) {
  std::map<std::string_view, std::vector<AudioFile>> recordings;
  for (const AudioFile& file : files) recordings[recording_of(file.path).microphone].push_back(file);
  return recordings;
}

void add_speaker(CorpusBuilder& builder, const std::string& speaker, const std::vector<AudioFile>& files) {
  for (const AudioFile& file : files)
    builder.add({recording_of(file.path).utterance, speaker, file.path, Label::bona_fide, "", file.bytes});
}

/// Utterances that only the other microphone has.
void report_missing(CorpusBuilder& builder, const std::vector<AudioFile>& wanted, const std::vector<AudioFile>& other) {
  std::vector<std::string> there;
  for (const AudioFile& file : wanted) there.push_back(recording_of(file.path).utterance);
  std::sort(there.begin(), there.end());
  for (const AudioFile& file : other)
    if (const auto recording = recording_of(file.path);
        !std::binary_search(there.begin(), there.end(), recording.utterance))
      builder.add_fault(file.path.string(), fmt::format("{}: the other microphone's recording of '{}' is missing",
                                                        file.path.string(), recording.utterance));
}

}  // namespace

Corpus list_vctk(const CorpusOptions& options) {
  if (std::find(microphones.begin(), microphones.end(), options.microphone) == microphones.end())
    throw Error("unknown microphone '{}'; VCTK 0.92 has 'mic1' and 'mic2'", options.microphone);
  const Release release = find_release(options.root);
  CorpusBuilder builder;
  AudioWalker walker(release.audio);
  for (const fs::path& folder : walker.folders_in(release.audio)) {
    const AudioTree tree = walker.below(folder);
    builder.add_faults(tree.faults);
    builder.add_faults(tree.dangling);
    auto recordings = by_microphone(tree.files);
    const std::string speaker = folder.filename().string();
    if (!release.two_microphones) {
      for (const auto& [microphone, files] : recordings) add_speaker(builder, speaker, files);
      continue;
    }
    const bool has_wanted = !recordings[options.microphone].empty();
    const std::string_view used = has_wanted ? std::string_view(options.microphone) : microphones.front();
    const std::string_view other = used == microphones.front() ? microphones.back() : microphones.front();
    add_speaker(builder, speaker, recordings[used]);
    report_missing(builder, recordings[used], recordings[other]);
  }
  if (builder.empty())
    throw Error("{}: holds no audio; {} was looked for", release.audio.string(),
                release.two_microphones ? "pXXX/pXXX_NNN_mic1.flac" : "pXXX/pXXX_NNN.wav");
  return std::move(builder).finish();
}

}  // namespace cfo::storage
