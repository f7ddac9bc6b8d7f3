#include "storage/corpus/corpus_files.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "base/digest.h"
#include "base/error.h"
#include "storage/tables/text_lines.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 4> audio_extensions = {".wav", ".flac", ".ogg", ".mp3"};
constexpr auto walking =
    fs::directory_options::skip_permission_denied | fs::directory_options::follow_directory_symlink;

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

std::string digest_of(const std::vector<Utterance>& utterances) {
  Digest digest;
  for (const Utterance& utterance : utterances) {
    std::error_code problem;
    const auto changed = fs::last_write_time(utterance.file, problem).time_since_epoch().count();
    digest.field(utterance.utterance_id)
        .field(std::to_string(utterance.bytes))
        .field(problem ? "" : std::to_string(changed));
  }
  return digest.hex();
}

}  // namespace

bool has_audio_name(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return !is_hidden(path) &&
         std::find(audio_extensions.begin(), audio_extensions.end(), extension) != audio_extensions.end();
}

std::vector<AudioFile> audio_below(const fs::path& folder) {
  std::vector<AudioFile> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder, walking)) {
    std::error_code problem;
    if (has_audio_name(entry.path()) && entry.is_regular_file(problem))
      files.push_back({entry.path(), entry.file_size(problem)});
  }
  std::sort(files.begin(), files.end(), [](const AudioFile& a, const AudioFile& b) { return a.path < b.path; });
  return files;
}

std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(folder, walking)) {
    std::error_code problem;
    if (entry.is_directory(problem) && !is_hidden(entry.path())) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

void CorpusBuilder::add(Utterance utterance) {
  const std::string file = utterance.file.string();
  if (utterance.bytes == 0)
    return add_fault(file, file + ": is an empty file (0 bytes); copy it again from its source");
  if (!is_field(utterance.utterance_id) || !is_field(utterance.speaker_id))
    return add_fault(
        file,
        file + ": a blank in the name of a speaker or utterance cannot stand in protocol and score files; rename it");
  corpus_.utterances.push_back(std::move(utterance));
}

void CorpusBuilder::add_fault(std::string item, std::string reason) {
  corpus_.faults.push_back({std::move(item), std::move(reason)});
}

void CorpusBuilder::add_remark(std::string item, std::string reason) {
  corpus_.remarks.push_back({std::move(item), std::move(reason)});
}

Corpus CorpusBuilder::finish() && {
  auto& all = corpus_.utterances;
  std::stable_sort(all.begin(), all.end(),
                   [](const Utterance& a, const Utterance& b) { return a.utterance_id < b.utterance_id; });
  std::vector<Utterance> unique;
  for (Utterance& utterance : all) {
    if (unique.empty() || unique.back().utterance_id != utterance.utterance_id) {
      unique.push_back(std::move(utterance));
      continue;
    }
    add_fault(utterance.file.string(),
              fmt::format("{}: utterance '{}' is there already as {}; keep one of them", utterance.file.string(),
                          utterance.utterance_id, unique.back().file.string()));
  }
  all = std::move(unique);
  corpus_.digest = digest_of(all);
  return std::move(corpus_);
}

}  // namespace cfo::storage
