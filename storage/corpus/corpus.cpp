#include "storage/corpus/corpus.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/error.h"
#include "base/nearest.h"
#include "base/text.h"
#include "storage/corpus/corpus_files.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

using Lister = Corpus (*)(const CorpusOptions&);
struct Layout {
  const char* name;
  Lister list;
};
constexpr std::array<Layout, 4> layouts = {{
    {"vctk", list_vctk},
    {"folder", list_folder},
    {"asvspoof2019", list_protocol},
    {"codecfake_plus", list_protocol},
}};

/// Audio that lies beside the speakers' folders belongs to none of them.
void add_stray(CorpusBuilder& builder, AudioWalker& walker, const fs::path& root) {
  const AudioTree stray = walker.directly_in(root);
  builder.add_faults(stray.faults);
  builder.add_faults(stray.dangling);
  if (!stray.files.empty())
    builder.add_fault(
        root.string(),
        fmt::format("{}: left out: {} in no speaker's folder, e.g. {}; move what is wanted into one", root.string(),
                    counted(stray.files.size(), "audio file"), stray.files.front().path.filename().string()));
}

Lister lister_of(const std::string& name) {
  std::vector<std::string> names;
  for (const Layout& layout : layouts) {
    if (name == layout.name) return layout.list;
    names.emplace_back(layout.name);
  }
  throw Error("unknown corpus layout '{}'{}", name, suggestion(name, names));
}

/// The id of speaker/x.wav: "x" where it begins with the speaker as in VCTK and LibriSpeech, else "speaker_x".
std::string id_of(const std::string& speaker, const fs::path& file) {
  const std::string stem = file.stem().string();
  return stem.starts_with(speaker) ? stem : speaker + "_" + stem;
}

/// The id of speaker/a/b/x.wav: "speaker_a_b_x".
std::string long_id_of(const std::string& speaker, const fs::path& folder, const fs::path& file) {
  std::string id = speaker;
  const fs::path inside = file.lexically_relative(folder).replace_extension();
  for (const fs::path& part : inside) id += "_" + part.string();
  return id;
}

/// Names that stand in several folders of one speaker (VoxCeleb: speaker/video/00001.wav).
bool repeats_names(const std::vector<AudioFile>& files) {
  std::map<fs::path, fs::path> folder_of;
  return std::any_of(files.begin(), files.end(), [&](const AudioFile& file) {
    const auto [known, is_new] = folder_of.try_emplace(file.path.stem(), file.path.parent_path());
    return !is_new && known->second != file.path.parent_path();
  });
}

bool stands_in(const std::vector<std::string>& list, const std::string& speaker) {
  return std::find(list.begin(), list.end(), speaker) != list.end();
}

}  // namespace

Corpus list_corpus(const CorpusOptions& options) {
  const Lister list = lister_of(options.layout);
  std::error_code problem;
  if (!fs::is_directory(options.root, problem))
    throw Error("{}: no such folder; give the root of the corpus (layout '{}')", options.root.string(), options.layout);
  return list(options);
}

Corpus list_folder(const CorpusOptions& options) {
  CorpusBuilder builder;
  AudioWalker walker(options.root);
  for (const fs::path& folder : walker.folders_in(options.root)) {
    const std::string speaker = folder.filename().string();
    const AudioTree tree = walker.below(folder);
    builder.add_faults(tree.faults);
    builder.add_faults(tree.dangling);
    const bool by_folder = repeats_names(tree.files);
    for (const AudioFile& file : tree.files)
      builder.add({by_folder ? long_id_of(speaker, folder, file.path) : id_of(speaker, file.path), speaker, file.path,
                   Label::bona_fide, "", file.bytes});
  }
  if (builder.empty())
    throw Error("{}: no audio in folders of speakers; SPEAKER/UTTERANCE.wav (or flac, ogg, mp3) was looked for",
                options.root.string());
  add_stray(builder, walker, options.root);
  return std::move(builder).finish();
}

void check_disjoint(const Split& split) {
  for (const std::string& speaker : split.validation)
    if (stands_in(split.eval, speaker))
      throw Error(
          "speaker '{}' stands in both validation and eval; splits must be disjoint by speaker: take it out of one",
          speaker);
}

std::string split_of(const Split& split, const std::string& speaker_id) {
  check_disjoint(split);
  if (stands_in(split.validation, speaker_id)) return "validation";
  return stands_in(split.eval, speaker_id) ? "eval" : "train";
}

}  // namespace cfo::storage
