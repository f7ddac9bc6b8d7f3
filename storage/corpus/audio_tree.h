// The audio files below a folder, and a word about everything there that might be speech and is left out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cfo::storage {

/// An audio file met in a folder.
struct AudioFile {
  std::filesystem::path path;
  std::uintmax_t bytes = 0;
};

/// A missing or unusable entry found while listing.
struct CorpusFault {
  std::string item;    ///< file or protocol line
  std::string reason;  ///< a sentence
};

/// WAV, FLAC, OGG or MP3 by its extension (any case), and not hidden (".x", as macOS leaves them).
bool has_audio_name(const std::filesystem::path& path);

struct AudioTree {
  std::vector<AudioFile> files;  ///< sorted by path
  /// Folders that cannot be read, names that are no UTF-8; and one for each folder that holds audio in other formats.
  std::vector<CorpusFault> faults;
  std::vector<CorpusFault> dangling;  ///< links with an audio file's name to what is not there; sorted by item
};

/// Walks through folders below one `root`, each real folder once, however many links lead to it. A link to a folder
/// below the root is passed over: the folder is met at its own place. Hidden folders (.snapshot, .ipynb_checkpoints,
/// .Trash-1000, ...) and those that systems make for themselves (__MACOSX, @eaDir, #recycle, lost+found, ...) are
/// passed over at every depth.
class AudioWalker {
 public:
  /// Throws Error when the root is no folder that can be read.
  explicit AudioWalker(const std::filesystem::path& root);

  /// The folders directly in `folder`, sorted.
  std::vector<std::filesystem::path> folders_in(const std::filesystem::path& folder) const;
  /// Everything below `folder`, at any depth; nothing when it was walked through before.
  AudioTree below(const std::filesystem::path& folder);
  /// What lies in `folder` itself.
  AudioTree directly_in(const std::filesystem::path& folder);
  /// A folder that is not walked through.
  void pass_over(const std::filesystem::path& folder);

 private:
  using Identity = std::pair<std::uintmax_t, std::uintmax_t>;  ///< device and inode
  struct Entries;
  Entries read(const std::filesystem::path& folder) const;
  bool leads_into_root(const std::filesystem::path& link) const;
  bool first_visit(const std::filesystem::path& folder);
  void walk(const std::filesystem::path& folder, AudioTree& tree);
  void take_files(const std::filesystem::path& folder, const Entries& entries, AudioTree& tree) const;

  std::filesystem::path root_;  ///< without links
  std::set<Identity> visited_;
};

}  // namespace cfo::storage
