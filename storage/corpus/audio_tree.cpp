#include "storage/corpus/audio_tree.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string_view>

#include "base/error.h"
#include "base/text.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 4> audio_extensions = {".wav", ".flac", ".ogg", ".mp3"};
/// Formats of speech that are not read; of links, also those that are.
constexpr auto other_extensions = std::to_array<std::string_view>(
    {".opus", ".oga",  ".spx", ".m4a",  ".mp4", ".aac", ".mp2",  ".wma",  ".webm", ".mka",
     ".3gp",  ".amr",  ".ape", ".wv",   ".tta", ".aif", ".aiff", ".aifc", ".au",   ".snd",
     ".sph",  ".nist", ".w64", ".rf64", ".caf", ".voc", ".raw",  ".pcm"});
/// Folders that operating systems and file servers make for themselves, beside hidden ones.
constexpr auto system_folders = std::to_array<std::string_view>(
    {"__MACOSX", "@eaDir", "@Recycle", "#recycle", "$RECYCLE.BIN", "System Volume Information", "lost+found"});

std::string extension_of(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return extension;
}

template <typename List>
bool is_among(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_hidden(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with('.') || is_among(system_folders, name);
}

std::string shown(const fs::path& path) { return printable(path.string()); }

CorpusFault fault(const fs::path& path, const std::string& what) {
  return {shown(path), fmt::format("{}: {}", shown(path), what)};
}

}  // namespace

/// What a folder holds, hidden entries apart, each part sorted by name.
struct AudioWalker::Entries {
  std::vector<fs::path> folders, linked_folders, files, dangling;
  std::vector<CorpusFault> faults;
};

bool has_audio_name(const fs::path& path) { return !is_hidden(path) && is_among(audio_extensions, extension_of(path)); }

AudioWalker::AudioWalker(const fs::path& root) {
  std::error_code problem;
  root_ = fs::canonical(root, problem);
  if (!problem) fs::directory_iterator(root_, problem);
  if (problem) throw Error("{}: {}; give a folder that can be read", shown(root), problem.message());
}

AudioWalker::Entries AudioWalker::read(const fs::path& folder) const {
  Entries entries;
  std::error_code problem;
  for (fs::directory_iterator at(folder, problem), end; !problem && at != end; at.increment(problem)) {
    const fs::path& path = at->path();
    if (is_hidden(path)) continue;
    std::error_code unknown;
    const bool is_link = at->is_symlink(unknown);
    const fs::file_status status = at->status(unknown);
    if (status.type() == fs::file_type::not_found) {
      if (is_link) entries.dangling.push_back(path);
    } else if (status.type() == fs::file_type::none) {
      entries.faults.push_back(fault(path, unknown.message() + "; it is left out"));
    } else if (fs::is_directory(status)) {
      (is_link ? entries.linked_folders : entries.folders).push_back(path);
    } else {
      entries.files.push_back(path);
    }
  }
  if (problem)
    entries.faults.push_back(
        fault(folder, problem.message() + ": the speech in this folder is left out; make it readable"));
  for (auto* part : {&entries.folders, &entries.linked_folders, &entries.files, &entries.dangling})
    std::sort(part->begin(), part->end());
  return entries;
}

/// Also true for a link to a folder that the root lies in.
bool AudioWalker::leads_into_root(const fs::path& link) const {
  std::error_code problem;
  const fs::path target = fs::canonical(link, problem);
  if (problem) return false;
  const auto [in_root, in_target] = std::mismatch(root_.begin(), root_.end(), target.begin(), target.end());
  if (in_target == target.end()) return true;
  return in_root == root_.end() && std::none_of(in_target, target.end(), is_hidden);
}

bool AudioWalker::first_visit(const fs::path& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return true;  // reading it tells why
  return visited_.emplace(status.st_dev, status.st_ino).second;
}

void AudioWalker::pass_over(const fs::path& folder) { first_visit(folder); }

std::vector<fs::path> AudioWalker::folders_in(const fs::path& folder) const {
  Entries entries = read(folder);
  std::vector<fs::path> folders = std::move(entries.folders);
  for (auto& link : entries.linked_folders)
    if (!leads_into_root(link)) folders.push_back(std::move(link));
  std::sort(folders.begin(), folders.end());
  return folders;
}

AudioTree AudioWalker::below(const fs::path& folder) {
  AudioTree tree;
  walk(folder, tree);
  std::sort(tree.files.begin(), tree.files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return tree;
}

AudioTree AudioWalker::directly_in(const fs::path& folder) {
  AudioTree tree;
  take_files(folder, read(folder), tree);
  return tree;
}

void AudioWalker::walk(const fs::path& folder, AudioTree& tree) {
  if (!first_visit(folder)) return;
  const Entries entries = read(folder);
  take_files(folder, entries, tree);
  for (const auto& inner : entries.folders) walk(inner, tree);
  for (const auto& link : entries.linked_folders)
    if (!leads_into_root(link)) walk(link, tree);
}

void AudioWalker::take_files(const fs::path& folder, const Entries& entries, AudioTree& tree) const {
  tree.faults.insert(tree.faults.end(), entries.faults.begin(), entries.faults.end());
  std::map<std::string, std::size_t> others;
  for (const auto& path : entries.files) {
    std::error_code problem;
    const std::string extension = extension_of(path);
    if (is_among(other_extensions, extension)) {
      ++others[extension];
    } else if (has_audio_name(path) && !is_utf8(path.string())) {
      tree.faults.push_back(fault(path, "its name is no UTF-8 and is left out; rename it, e.g. with convmv"));
    } else if (has_audio_name(path)) {
      const auto bytes = fs::file_size(path, problem);
      tree.files.push_back({path, problem ? 0 : bytes});
    }
  }
  std::size_t count = 0;
  std::vector<std::string> named;
  for (const auto& [extension, files] : others) {
    count += files;
    named.push_back(extension);
  }
  if (count > 0)
    tree.faults.push_back(fault(folder, fmt::format("left out: {} of other formats ({}); convert them to FLAC, e.g. "
                                                    "with ffmpeg",
                                                    counted(count, "file"), fmt::join(named, ", "))));
  for (const auto& link : entries.dangling) {
    const std::string extension = extension_of(link);
    if (!is_among(audio_extensions, extension) && !is_among(other_extensions, extension)) continue;
    std::error_code problem;
    tree.dangling.push_back(fault(link, fmt::format("is a link to {}, which is not there; fetch its content (git annex "
                                                    "get, datalad get) or mount its disk",
                                                    shown(fs::read_symlink(link, problem)))));
  }
}

}  // namespace cfo::storage
