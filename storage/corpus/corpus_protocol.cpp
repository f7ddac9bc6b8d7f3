// Corpora that are a protocol file and a folder of audio: ASVspoof 2019 LA, CodecFake+.
#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/error.h"
#include "storage/corpus/corpus_files.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

/// Audio files by name without extension.
using AudioIndex = std::unordered_map<std::string, std::vector<AudioFile>>;

AudioIndex index_of(const std::vector<AudioFile>& files) {
  AudioIndex index;
  for (const AudioFile& file : files) index[file.path.stem().string()].push_back(file);
  return index;
}

/// Why files that a line may mean are not there, by their name without extension.
std::map<std::string, std::string> reasons_of(const std::vector<CorpusFault>& dangling) {
  std::map<std::string, std::string> reasons;
  for (const auto& link : dangling) reasons.emplace(fs::path(link.item).stem().string(), link.reason);
  return reasons;
}

bool lies_in_folder_named(const fs::path& root, const fs::path& file, const std::string& name) {
  const fs::path inside = file.lexically_relative(root).parent_path();
  return std::find(inside.begin(), inside.end(), fs::path(name)) != inside.end();
}

/// The files a line may mean, best first: <speaker>__<id>.*; <id>.* in a folder named after the speaker or system;
/// <id>.*
std::vector<AudioFile> candidates(const AudioIndex& index, const fs::path& root, const ProtocolLine& line) {
  if (const auto joined = index.find(line.speaker_id + "__" + line.utterance_id); joined != index.end())
    return joined->second;
  const auto named = index.find(line.utterance_id);
  if (named == index.end()) return {};
  std::vector<AudioFile> own;
  for (const AudioFile& file : named->second)
    if (lies_in_folder_named(root, file.path, line.speaker_id) ||
        (!line.system.empty() && lies_in_folder_named(root, file.path, line.system)))
      own.push_back(file);
  return own.empty() ? named->second : own;
}

/// Ids that stand in lines of several speakers (CoSG: two generators with a "prompt_1").
std::set<std::string> shared_ids(const std::vector<ProtocolLine>& lines) {
  std::map<std::string, std::string> speaker_of;
  std::set<std::string> shared;
  for (const ProtocolLine& line : lines)
    if (const auto [first, added] = speaker_of.try_emplace(line.utterance_id, line.speaker_id);
        !added && first->second != line.speaker_id)
      shared.insert(line.utterance_id);
  return shared;
}

/// In CoSG lists the first field is the generator.
std::string system_of(const ProtocolLine& line) {
  if (line.label == Label::bona_fide) return "";
  if (!line.system.empty()) return line.system;
  return line.utterance_id.starts_with(line.speaker_id + "_") ? "" : line.speaker_id;
}

}  // namespace

Corpus list_protocol(const CorpusOptions& options) {
  if (options.protocol.empty())
    throw Error("corpus layout '{}' needs the setting 'protocol': the file that lists its utterances", options.layout);
  const auto lines = read_protocol(options.protocol);
  const AudioTree tree = AudioWalker(options.root).below(options.root);
  const AudioIndex index = index_of(tree.files);
  const auto dangling = reasons_of(tree.dangling);
  const auto shared = shared_ids(lines);
  CorpusBuilder builder;
  std::size_t found = 0;
  for (const ProtocolLine& line : lines) {
    const std::string place = fmt::format("{}:{}", options.protocol.string(), line.number);
    const auto files = candidates(index, options.root, line);
    if (!line.remark.empty()) builder.add_remark(place, line.remark);
    if (files.empty()) {
      const auto link = dangling.find(line.utterance_id);
      builder.add_fault(place, link != dangling.end()
                                   ? place + ": " + link->second
                                   : fmt::format("{}: no audio file '{}.flac' (or wav, ogg, mp3) below {}", place,
                                                 line.utterance_id, options.root.string()));
      continue;
    }
    ++found;
    if (files.size() > 1)
      builder.add_remark(place, fmt::format("{}: {} files are called '{}'; {} is used", place, files.size(),
                                            line.utterance_id, files.front().path.string()));
    const bool ambiguous = shared.contains(line.utterance_id);
    builder.add({ambiguous ? line.speaker_id + "__" + line.utterance_id : line.utterance_id, line.speaker_id,
                 files.front().path, line.label, system_of(line), files.front().bytes});
  }
  if (found == 0)
    throw Error(
        "{}: none of the {} utterances of {} is there; UTTERANCE.flac (or wav, ogg, mp3) at any depth was looked for",
        options.root.string(), lines.size(), options.protocol.string());
  builder.add_faults(tree.faults);
  return std::move(builder).finish();
}

}  // namespace cfo::storage
