// cfo-codec with a checkpoint file at the official place, in the official container, for every codec of the zoo: what
// the program makes of the file is what the network gives with the same weights. The torch files are written by the
// machine's own Python.
#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "nodes/codecs/family.h"
#include "storage/checkpoint.h"
#include "tests/networks/record_weights.h"
#include "tests/programs/support.h"
#include "tests/recorded_card.h"

namespace {

using namespace cfo;
using namespace cfo::test;
namespace fs = std::filesystem;

constexpr int no_torch = 3;

std::vector<codecs::Card> models() {
  std::vector<codecs::Card> cards;
  std::set<std::string> families;
  for (const auto& card : codecs::all_cards()) {
    const bool recorded = fs::exists(fs::path(CFO_SOURCE_DIR) / "tests/golden" / card.name / "golden.h5");
    if (card.backend == "native" && recorded && families.insert(card.family).second)
      cards.push_back(tests::recorded_card(card.name));
  }
  return cards;
}

/// Two gigabytes of made-up weights belong into memory, where the machine has a file system for that.
class FoldersInMemory {
 public:
  FoldersInMemory() {
    if (fs::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 1);
  }
  FoldersInMemory(const FoldersInMemory&) = delete;
  FoldersInMemory& operator=(const FoldersInMemory&) = delete;
  ~FoldersInMemory() { ::unsetenv("TMPDIR"); }
};

/// The text of a card with the numbers of the model's record.
std::string recorded_text(const fs::path& file) {
  auto root = YAML::LoadFile(file.string());
  if (const auto config = tests::recorded_card(file.stem().string()).config) root["config"] = YAML::Clone(*config);
  return YAML::Dump(root) + "\n";
}

/// The cards without the digests of the published files: these weights are made up.
void copy_cards(const fs::path& to) {
  fs::create_directories(to);
  for (const auto& entry : fs::directory_iterator(codecs::card_folder())) {
    write_file(to / entry.path().filename(),
               std::regex_replace(recorded_text(entry.path()), std::regex("\n *sha256:[^\n]*"), ""));
  }
}

/// Whether the entry holds the tensor: by the file that the record names where the card names it too, else by the
/// longest prefix.
bool holds(const codecs::Card& card, const codecs::WeightFile& entry, const std::string& tensor,
           const std::string& listed) {
  const auto covers = [&](const codecs::WeightFile& file) {  // a file of one tensor gives it the prefix for a name
    return file.prefix.empty() || tensor == file.prefix || tensor.starts_with(file.prefix + ".");
  };
  if (!covers(entry)) return false;
  const bool named =
      std::any_of(card.weights.begin(), card.weights.end(), [&](const auto& file) { return file.file == listed; });
  if (named) return entry.file == listed;
  return std::none_of(card.weights.begin(), card.weights.end(),
                      [&](const auto& other) { return other.prefix.size() > entry.prefix.size() && covers(other); });
}

/// The tensors of the card's entry number `index`, under the names that the network has for them.
layers::TensorMap part_of(const codecs::Card& card, std::size_t index, const layers::TensorMap& tensors,
                          const std::map<std::string, std::string>& files) {
  layers::TensorMap part;
  for (const auto& [name, tensor] : tensors) {
    const auto listed = files.find(name);
    if (holds(card, card.weights[index], name, listed == files.end() ? "" : listed->second)) part.emplace(name, tensor);
  }
  return part;
}

/// Writes a file of the card: all entries of one path. False where Python has no torch.
bool write_one(const TemporaryFolder& folder, const fs::path& target, const codecs::Card& card,
               const std::vector<codecs::WeightFile>& entries, layers::TensorMap tensors) {
  const auto& first = entries.front();
  const bool dictionaries = entries.size() > 1;  // one state dict an entry, side by side
  if (!dictionaries && !first.prefix.empty()) {
    layers::TensorMap bare;
    for (const auto& [name, tensor] : tensors)
      bare.emplace(name == first.prefix ? "tensor" : name.substr(first.prefix.size() + 1), tensor);
    tensors = std::move(bare);
  }
  fs::create_directories(target.parent_path());
  const fs::path plain = folder / "plain.safetensors";
  storage::write_safetensors(first.container == "safetensors" ? target : plain, tensors);
  if (first.container == "safetensors") return true;
  std::string top;
  for (const auto& entry : entries) top += dictionaries ? entry.prefix + "," : "";
  const auto nesting = dictionaries ? "" : fmt::format("{}", fmt::join(first.nesting, "."));
  std::string command = fmt::format("/usr/bin/python3 '{}/tests/programs/write_checkpoint.py' '{}' '{}' '{}' '{}'",
                                    CFO_SOURCE_DIR, plain.string(), target.string(), nesting, top);
  if (first.container == "nemo") {
    const fs::path config = folder / "model_config.yaml";
    write_file(config, YAML::Dump(*card.config) + "\n");
    command += fmt::format(" '{}'", config.string());
  }
  const int status = std::system(command.c_str());
  if (WIFEXITED(status) && WEXITSTATUS(status) == no_torch) return false;
  REQUIRE_MESSAGE(status == 0, command);
  return true;
}

/// Writes the card's files below `root`; false where Python has no torch.
bool write_files(const TemporaryFolder& folder, const fs::path& root, const codecs::Card& card) {
  const auto tensors = tests::record_weights(card.name);
  const auto files = tests::record_files(card.name);
  std::map<fs::path, std::vector<codecs::WeightFile>> entries;
  std::map<fs::path, layers::TensorMap> contents;
  for (std::size_t i = 0; i < card.weights.size(); ++i) {
    const auto path = root / card.weights[i].folder / card.weights[i].file;
    entries[path].push_back(card.weights[i]);
    contents[path].merge(part_of(card, i, tensors, files));
  }
  for (const auto& [path, of_path] : entries) {
    if (!write_one(folder, path, card, of_path, contents[path])) return false;
  }
  return true;
}

/// The codes that the network gives with the record's weights.
std::vector<at::Tensor> expected_codes(const codecs::Card& card, const fs::path& wav) {
  auto audio = storage::read_audio(wav);
  const auto wave = at::from_blob(audio.samples.data(), {1, 1, static_cast<int64_t>(audio.samples.size())}, at::kFloat);
  const auto codec = codecs::make_codec(card, layers::WeightScope(tests::record_weights(card.name), "record"));
  return codec->quantize(codec->encode(wave)).streams;
}

}  // namespace

TEST_CASE("every codec runs from a checkpoint file in the official container at the official place") {
  const FoldersInMemory in_memory;
  for (const auto& card : models()) {
    CAPTURE(card.name);
    const TemporaryFolder folder;
    copy_cards(folder / "cards");
    if (!write_files(folder, folder / "weights", card)) {
      MESSAGE("skipped: /usr/bin/python3 has no torch to write a checkpoint with (scripts/install_packages.sh --test)");
      return;
    }
    write_voice(folder / "in.wav", 0.5, 5, card.sample_rate);
    const auto outcome =
        run_in(folder, fmt::format("cfo-codec {} in.wav out.wav --codes codes.safetensors", card.name),
               {{"CFO_CODECS", (folder / "cards").string()}, {"CFO_WEIGHTS", (folder / "weights").string()}});
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    CHECK(storage::probe_audio(folder / "out.wav").sample_rate == card.sample_rate);
    CHECK(std::abs(storage::probe_audio(folder / "out.wav").frames - card.sample_rate / 2) <= 8 * card.hop);
    // Half a second is rounded up to whole frames; TiCodec adds its 80 bits an utterance, LLM-Codec's and
    // SemantiCodec's records have smaller codebooks.
    const double kbps = figure(outcome.out, "([0-9.]+) kbps"), of_padding = 16.0 * card.hop / card.sample_rate;
    CHECK(kbps > 0.75 * card.bitrate_kbps);
    CHECK(kbps < (1.05 + of_padding) * card.bitrate_kbps + 0.2);
    const auto codes = storage::read_checkpoint(folder / "codes.safetensors");
    const auto expected = expected_codes(card, folder / "in.wav");
    for (std::size_t s = 0; s < expected.size(); ++s) {
      CHECK(at::equal(codes.at(fmt::format("codes.{}", s)), expected[s].squeeze(0)));
    }
  }
}
