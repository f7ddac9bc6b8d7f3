// What corpus layouts share: which files are audio, what stands in the way of using one, and the corpus digest. For use
// inside storage/.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "storage/corpus/corpus.h"

namespace cfo::storage {

/// An audio file met in a folder.
struct AudioFile {
  std::filesystem::path path;
  std::uintmax_t bytes = 0;
};

/// WAV, FLAC, OGG or MP3 by its extension (any case), and not hidden (".x", as macOS leaves them).
bool has_audio_name(const std::filesystem::path& path);

/// The audio files below a folder, at any depth, sorted by path. Folders that may not be read are skipped.
std::vector<AudioFile> audio_below(const std::filesystem::path& folder);

/// The folders in a folder, sorted, without hidden ones.
std::vector<std::filesystem::path> folders_in(const std::filesystem::path& folder);

/// Collects utterances and faults; finish() sorts, drops second files of one id (a fault each), and takes the digest.
class CorpusBuilder {
 public:
  /// Puts the utterance in, or a fault when its file is empty or its id could not stand in a text file.
  void add(Utterance utterance);
  void add_fault(std::string item, std::string reason);
  void add_remark(std::string item, std::string reason);
  bool empty() const { return corpus_.utterances.empty() && corpus_.faults.empty(); }
  Corpus finish() &&;

 private:
  Corpus corpus_;
};

/// The layouts. Each throws Error when nothing below the root fits.
Corpus list_vctk(const CorpusOptions& options);
Corpus list_folder(const CorpusOptions& options);
Corpus list_protocol(const CorpusOptions& options);

}  // namespace cfo::storage
